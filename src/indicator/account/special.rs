//! Rules for handles that one platform alone has. Each gives the canonical handle, and itself again for that.

use super::super::{Indicator, Kind, phone};
use super::platform::{check_ascii, is_id};

/// Dots do not tell names apart. A page's name with a long number at its end is an old page's: the number is its id.
pub(super) fn facebook(handle: &str) -> Result<String, &'static str> {
    let name = handle.rsplit_once('-').map_or(handle, |(_, id)| if is_id(id) && id.len() >= 9 { id } else { handle });
    let name = name.replace('.', "").to_lowercase();
    if !is_id(&name) {
        check_ascii(&name, 5, 50, "")?;
    }
    Ok(name)
}

/// The ids of channels keep their case; handles, which all scripts may be in, do not.
pub(super) fn youtube(handle: &str) -> Result<String, &'static str> {
    if handle.len() == 24 && handle.starts_with("UC") && check_ascii(handle, 24, 24, "-_").is_ok() {
        return Ok(handle.to_owned());
    }
    let handle = handle.to_lowercase();
    let is_allowed = |c: char| c.is_alphanumeric() || "-_.·".contains(c);
    if handle.is_empty() || handle.chars().count() > 100 || !handle.chars().all(is_allowed) {
        return Err("a YouTube handle has letters, digits, `-`, `_` and `.`; a channel's id is UC and 22 characters");
    }
    Ok(handle)
}

/// A bare number is a person's id. A community has one number under two words.
pub(super) fn vk(handle: &str) -> Result<String, &'static str> {
    let handle = handle.to_lowercase();
    if is_id(&handle) {
        return Ok(format!("id{handle}"));
    }
    match handle.strip_prefix("public").filter(|id| is_id(id)) {
        Some(id) => Ok(format!("club{id}")),
        None => check_ascii(&handle, 1, 64, "_.").map(|()| handle),
    }
}

/// AT Protocol: handles are domains.
pub(super) fn bluesky(handle: &str) -> Result<String, &'static str> {
    let handle = handle.to_ascii_lowercase();
    if let Some(did) = handle.strip_prefix("did:") {
        return check_ascii(did, 5, 200, ":.-_").map(|()| handle);
    }
    domain(&handle).filter(|host| host.contains('.')).ok_or("a Bluesky handle is a domain, as in jane.bsky.social")
}

/// `user@host`, or a name of a host that nobody wrote down.
pub(super) fn mastodon(handle: &str) -> Result<String, &'static str> {
    match handle.contains('@') {
        true => xmpp(handle),
        false => check_ascii(handle, 1, 64, "_.-").map(|()| handle.to_ascii_lowercase()),
    }
}

/// `user@host`.
pub(super) fn xmpp(handle: &str) -> Result<String, &'static str> {
    let (user, host) = handle.split_once('@').ok_or("an account on many hosts is written `user@host`")?;
    check_ascii(user, 1, 64, "_.-+")?;
    let host = domain(host).ok_or("what follows the @ is no domain")?;
    Ok(format!("{}@{host}", user.to_ascii_lowercase()))
}

/// Numbers there are always international, with or without `+`.
pub(super) fn whatsapp(handle: &str) -> Result<String, &'static str> {
    let number = format!("+{}", handle.trim_start_matches('+'));
    let reading =
        phone::read(&number, None).map_err(|_| "a WhatsApp account is a phone number with its country code")?;
    Ok(reading.indicator.value().to_owned())
}

/// A phone number with `+`, or a name.
pub(super) fn signal(handle: &str) -> Result<String, &'static str> {
    match handle.starts_with('+') || handle.bytes().all(|b| b.is_ascii_digit()) {
        true => whatsapp(handle),
        false => check_ascii(handle, 1, 64, "_.").map(|()| handle.to_ascii_lowercase()),
    }
}

/// The host, if it is a domain as it stands: no wildcard, no port.
fn domain(host: &str) -> Option<String> {
    let is_plain = !host.starts_with(['.', '*']) && !host.contains([':', '/']);
    let indicator = Indicator::parse(Kind::Domain, host).ok().filter(|_| is_plain)?;
    (indicator.kind() == Kind::Domain).then(|| indicator.value().to_owned())
}
