use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use static_assertions::assert_not_impl_any;

use super::*;
use crate::identity::CardError;

assert_not_impl_any!(Home: std::fmt::Debug, Clone);

const LABEL: Label = Label::new("mandorla/1 test");

fn create(path: &Path) -> Result<Home, HomeError> {
    create_named(path, "Northwind")
}

fn create_named(path: &Path, name: &str) -> Result<Home, HomeError> {
    Home::create(path, name, Role::Company, "Trust desk <desk@northwind.example>".parse().unwrap())
}

fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = create(&dir.path().join("home")).unwrap();
    (dir, home)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn opens_as_it_was_made() {
    let (_dir, home) = home();
    let again = Home::open(home.path()).unwrap();
    assert_eq!(again.card(), home.card());
    assert_eq!(again.signing_key().public(), home.signing_key().public());
    assert_eq!(again.opening_key().public(), home.opening_key().public());
    assert_eq!(again.tls().certificate_der(), home.tls().certificate_der());
    assert!(again.secret(LABEL, &[b"a"]).same_as(&home.secret(LABEL, &[b"a"])));
    assert!(!again.secret(LABEL, &[b"a"]).same_as(&home.secret(LABEL, &[b"b"])));
}

#[test]
fn every_file_is_private() {
    let (_dir, home) = home();
    home.write_private("rounds/1/list.tags", b"x").unwrap();
    let _lock = home.lock().unwrap();
    let mut dirs = vec![home.path().to_owned()];
    let mut files = 0;
    while let Some(dir) = dirs.pop() {
        files::refuse_exposed(&dir).unwrap();
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            files::refuse_exposed(&path).unwrap();
            if path.is_dir() { dirs.push(path) } else { files += 1 }
        }
    }
    assert_eq!(files, 8);
}

#[test]
fn is_never_overwritten() {
    let (dir, home) = home();
    assert!(matches!(create(home.path()).err(), Some(HomeError::HomeExists(_))));
    assert_eq!(Home::open(home.path()).unwrap().card(), home.card());

    let occupied = dir.path().join("occupied");
    fs::create_dir_all(occupied.join("thesis")).unwrap();
    assert!(matches!(create(&occupied).err(), Some(HomeError::NotEmpty(_))));
    // A home that is made by another command in the meantime stays: the rename refuses.
    assert!(matches!(place(&occupied, home.path()).err(), Some(HomeError::NotEmpty(_))));

    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    create(&empty).unwrap();
    create(&dir.path().join("deep/er")).unwrap();
    files::refuse_exposed(&empty).unwrap();
}

#[test]
fn a_home_that_fails_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(create(&file).err(), Some(HomeError::Io { .. })));
    let bad = Home::create(&dir.path().join("home"), "a\u{202e}b", Role::Company, "a@b".parse().unwrap());
    assert!(matches!(bad.err(), Some(HomeError::NewCard(CardError::Text { .. }))));
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
}

#[test]
fn is_not_opened_where_others_can_read() {
    let (_dir, home) = home();
    for (path, private) in
        [("", 0o700), ("keys", 0o700), (SIGN.0, 0o600), (OPEN.0, 0o600), (HOME.0, 0o600), (TLS.0, 0o600)]
    {
        let path = home.path().join(path);
        for exposed in [private | 0o040, private | 0o004, private | 0o020] {
            set_mode(&path, exposed);
            let error = Home::open(home.path()).err();
            assert!(matches!(error, Some(HomeError::Exposed { mode, .. }) if mode == exposed), "{error:?}");
        }
        set_mode(&path, private);
    }
    Home::open(home.path()).unwrap();
}

#[test]
fn is_not_opened_when_its_parts_do_not_fit() {
    let (dir, home) = home();
    let other = create(&dir.path().join("other")).unwrap();
    let at = |file: &str| home.path().join(file);
    for file in [SIGN.0, OPEN.0, TLS.0, CERTIFICATE.0, CARD] {
        let kept = fs::read(at(file)).unwrap();
        fs::copy(other.path().join(file), at(file)).unwrap();
        let error = Home::open(home.path()).err();
        assert!(matches!(error, Some(HomeError::NotOurCard(_) | HomeError::Tls { .. })), "{file}: {error:?}");
        fs::write(at(file), "garbage").unwrap();
        let error = Home::open(home.path()).err();
        assert!(matches!(error, Some(HomeError::DamagedKey(_) | HomeError::Card { .. })), "{file}: {error:?}");
        fs::remove_file(at(file)).unwrap();
        let error = Home::open(home.path()).err();
        assert!(matches!(error, Some(HomeError::DamagedKey(_) | HomeError::NoHome(_))), "{file}: {error:?}");
        fs::write(at(file), kept).unwrap();
        set_mode(&at(file), 0o600);
    }
    // One key file in the place of another.
    fs::copy(at(OPEN.0), at(SIGN.0)).unwrap();
    assert!(matches!(Home::open(home.path()).err(), Some(HomeError::DamagedKey(_))));
    assert!(matches!(Home::open(dir.path()).err(), Some(HomeError::NoHome(_))));
}

#[test]
fn a_new_contact_keeps_the_keys() {
    let (_dir, mut home) = home();
    let (before, lock) = (home.card().clone(), home.lock().unwrap());
    for _ in 0..2 {
        home.set_contact("night@northwind.example".parse().unwrap(), &lock).unwrap();
    }
    assert_eq!(home.card().core(), before.core());
    assert!(home.card().signed_at() >= before.signed_at() + 2, "two changes in one second have an order");
    assert_eq!(Home::open(home.path()).unwrap().card(), home.card());
}

#[test]
fn hands_over_to_a_home_with_fresh_keys() {
    let (dir, old) = home();
    let lock = old.lock().unwrap();
    let other = create_named(&dir.path().join("other"), "Harbour Mail").unwrap();
    old.book().add(other.card(), &lock).unwrap();
    let path = dir.path().join("new");
    let mut new = old.hand_over(&path, None, &lock).unwrap();

    assert!(new.card().succeeds(old.card().core()));
    let core = new.card().core();
    assert_eq!((core.name(), core.role()), (old.card().core().name(), old.card().core().role()));
    assert_eq!(new.card().contact(), old.card().contact());
    assert_ne!(core.verifying(), old.card().core().verifying());
    assert_ne!((core.sealing(), core.tls()), (old.card().core().sealing(), old.card().core().tls()));
    assert!(!new.secret(LABEL, &[b"a"]).same_as(&old.secret(LABEL, &[b"a"])));
    for home in [&new, &old] {
        let book = home.book();
        let known = [new.card(), old.card(), other.card()].map(|card| book.knows(card.core()).unwrap());
        assert_eq!(known, [true; 3]);
        assert_eq!(book.newest(old.card().core()).unwrap().as_ref(), Some(new.card()));
    }
    assert_eq!(Home::open(&path).unwrap().card(), new.card(), "the line is kept");

    let new_lock = new.lock().unwrap();
    new.set_contact("night@northwind.example".parse().unwrap(), &new_lock).unwrap();
    assert!(Home::open(&path).unwrap().card().succeeds(old.card().core()), "and stays with a new contact");
    let third =
        new.hand_over(&dir.path().join("third"), Some("c@northwind.example".parse().unwrap()), &new_lock).unwrap();
    assert_eq!((third.card().contact().email(), third.card().predecessors().count()), ("c@northwind.example", 2));
}

#[test]
fn hands_over_once() {
    let (dir, old) = home();
    let lock = old.lock().unwrap();
    let occupied = dir.path().join("occupied");
    fs::create_dir_all(occupied.join("thesis")).unwrap();
    assert!(matches!(old.hand_over(&occupied, None, &lock).err(), Some(HomeError::NotEmpty(_))));
    assert!(matches!(old.hand_over(old.path(), None, &lock).err(), Some(HomeError::HomeExists(_))));

    let new = old.hand_over(&dir.path().join("new"), None, &lock).unwrap();
    let (again, path) = (Home::open(old.path()).unwrap(), dir.path().join("newer"));
    match again.hand_over(&path, None, &lock).err() {
        Some(HomeError::Succeeded { by, file }) => {
            assert_eq!(by, new.card().fingerprint());
            assert!(file.is_file() && !path.exists());
        }
        other => panic!("a second successor: {other:?}"),
    }
    // A thief of the old keys does not get another card into the homes of the owner.
    let thief = old_keys_elsewhere(&dir, &old);
    let stolen = thief.hand_over(&dir.path().join("stolen"), None, &thief.lock().unwrap()).unwrap();
    for home in [&old, &new] {
        assert!(matches!(home.book().add(stolen.card(), &lock), Err(HomeError::Forked { .. })));
    }
}

/// A copy of a home as it was before it handed over.
fn old_keys_elsewhere(dir: &tempfile::TempDir, old: &Home) -> Home {
    let path = dir.path().join("copy");
    let copy = Home { path: path.clone(), ..Home::open(old.path()).unwrap() };
    copy.settle(&[]).unwrap();
    Home::open(&path).unwrap()
}

#[test]
fn private_files_stay_below_the_home() {
    let (_dir, home) = home();
    home.write_private("rounds/1.tags", b"tags").unwrap();
    assert_eq!(**home.read("rounds/1.tags").unwrap().unwrap(), *b"tags");
    home.remove("rounds/1.tags").unwrap();
    assert!(home.read("rounds/1.tags").unwrap().is_none());
    for path in ["../x", "/tmp/x", "", "a/../../x", "keys/sign.key", "keys/new", "identity.card"] {
        assert!(matches!(home.write_private(path, b"x").err(), Some(HomeError::OutsideHome(_))), "{path}");
        assert!(home.read(path).is_err() && home.remove(path).is_err(), "{path}");
    }
}

#[test]
fn one_command_at_a_time() {
    let (_dir, home) = home();
    let lock = home.lock().unwrap();
    let wait = Duration::ZERO;
    assert!(matches!(HomeLock::acquire_within(home.path(), wait).err(), Some(HomeError::Busy(_))));
    drop(lock);
    HomeLock::acquire_within(home.path(), wait).unwrap();
}

#[test]
fn one_server_at_a_time_and_commands_beside_it() {
    let (_dir, home) = home();
    let serving = home.lock_serving().unwrap();
    assert!(matches!(home.lock_serving().err(), Some(HomeError::Serving(_))));
    home.lock().unwrap();
    drop(serving);
    home.lock_serving().unwrap();
}

#[test]
fn the_default_place_follows_the_environment() {
    let place = |vars: &[(&str, &str)]| {
        default_path(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())).ok()
    };
    for (vars, expected) in [
        (&[("MANDORLA_HOME", "/m"), ("XDG_DATA_HOME", "/x"), ("HOME", "/h")][..], Some("/m")),
        (&[("MANDORLA_HOME", "here")], Some("here")),
        (&[("MANDORLA_HOME", ""), ("XDG_DATA_HOME", "/x"), ("HOME", "/h")], Some("/x/mandorla")),
        (&[("XDG_DATA_HOME", "x"), ("HOME", "/h")], Some("/h/.local/share/mandorla")),
        (&[("HOME", "")], None),
        (&[], None),
    ] {
        assert_eq!(place(vars), expected.map(PathBuf::from), "{vars:?}");
    }
}
