//! The lists that are built in: short ones, of what is a mistake on a list of the hostile in nearly every case.
//!
//! Hosts that many people share are listed as domains only: an e-mail address at a free-mail provider, a short link and a
//! page on a large site may well be hostile, while the domain itself would match all of its users. Of the reserved names,
//! `.example`, `.test` and `.invalid` are left out: exercises use them.

use super::misp::ListType;
use crate::indicator::Kind;

/// A list, with the kinds that it is for.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) list_type: ListType,
    pub(super) kinds: &'static [Kind],
    /// Entries, with blanks between them.
    pub(super) entries: &'static [&'static str],
}

pub(super) const TABLES: &[Table] = &[
    SPECIAL_ADDRESSES,
    MULTICAST,
    PUBLIC_RESOLVERS,
    LOCAL_NAMES,
    FREE_MAIL,
    SHORTENERS,
    LARGE_SITES,
    EMPTY_FILES,
    TEST_FILE,
];

const ADDRESSES: &[Kind] = &[Kind::Ipv4, Kind::Ipv6, Kind::Cidr, Kind::Url];
const NAMES: &[Kind] = &[Kind::Domain, Kind::Url];
const HASHES: &[Kind] = &[Kind::Md5, Kind::Sha1, Kind::Sha256, Kind::Sha512, Kind::Imphash, Kind::Ja3, Kind::Ja3s];

/// The IANA registries of special-purpose addresses (RFC 6890 and its successors, as of 2025), and site-local addresses (RFC
/// 3879). Left out are the blocks whose addresses hold the IPv4 address of someone: NAT64, 6to4 and Teredo.
const SPECIAL_ADDRESSES: Table = Table {
    name: "special-purpose addresses (IANA)",
    list_type: ListType::Cidr,
    kinds: ADDRESSES,
    entries: &[
        // This network, private, shared (CGNAT), loopback, link-local.
        "0.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16",
        // Protocol assignments, documentation, AS112, AMT, the relays of 6to4, benchmarks, reserved, broadcast.
        "192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 192.31.196.0/24 192.175.48.0/24 192.52.193.0/24",
        "192.88.99.0/24 198.18.0.0/15 240.0.0.0/4 255.255.255.255/32",
        // Unspecified, loopback, local NAT64, discard, dummy, protocol assignments, benchmarks, AMT, AS112.
        "::/128 ::1/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48",
        "2001:3::/32 2001:4:112::/48 2620:4f:8000::/48",
        // ORCHID, drone identifiers, documentation, segment routing, unique local, link-local, site-local.
        "2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10",
    ],
};

/// RFC 5771 and RFC 4291 section 2.7.
const MULTICAST: Table = Table {
    name: "multicast addresses (IANA)",
    list_type: ListType::Cidr,
    kinds: ADDRESSES,
    entries: &["224.0.0.0/4 ff00::/8"],
};

/// From the pages of their operators.
const PUBLIC_RESOLVERS: Table = Table {
    name: "public DNS resolvers",
    list_type: ListType::Cidr,
    kinds: ADDRESSES,
    entries: &[
        // Cloudflare.
        "1.1.1.1 1.0.0.1 1.1.1.2 1.0.0.2 1.1.1.3 1.0.0.3 2606:4700:4700::1111 2606:4700:4700::1001",
        "2606:4700:4700::1112 2606:4700:4700::1002 2606:4700:4700::1113 2606:4700:4700::1003",
        // Google.
        "8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844",
        // Quad9.
        "9.9.9.9 149.112.112.112 9.9.9.10 149.112.112.10 9.9.9.11 149.112.112.11 2620:fe::fe 2620:fe::9 2620:fe::10",
        "2620:fe::fe:10 2620:fe::11 2620:fe::fe:11",
        // OpenDNS.
        "208.67.222.222 208.67.220.220 208.67.222.123 208.67.220.123 2620:119:35::35 2620:119:53::53",
        // Level 3, Verisign, AdGuard, CleanBrowsing, DNS.WATCH, Comodo, Control D.
        "4.2.2.1 4.2.2.2 4.2.2.3 4.2.2.4 4.2.2.5 4.2.2.6 64.6.64.6 64.6.65.6 94.140.14.14 94.140.15.15",
        "2a10:50c0::ad1:ff 2a10:50c0::ad2:ff 185.228.168.9 185.228.169.9 84.200.69.80 84.200.70.40 8.26.56.26",
        "8.20.247.20 76.76.2.0 76.76.10.0",
        // Yandex, AliDNS, 114DNS, DNSPod.
        "77.88.8.8 77.88.8.1 2a02:6b8::feed:ff 2a02:6b8:0:1::feed:ff 223.5.5.5 223.6.6.6 2400:3200::1",
        "2400:3200:baba::1 114.114.114.114 114.114.115.115 119.29.29.29",
    ],
};

/// RFC 6761, RFC 6762, RFC 8375, and `.internal`, which ICANN reserved in 2024.
const LOCAL_NAMES: Table = Table {
    name: "names of local networks and of documentation",
    list_type: ListType::Hostname,
    kinds: NAMES,
    entries: &[
        "localhost localdomain local internal home.arpa in-addr.arpa ip6.arpa example.com example.net example.org",
    ],
};

/// The largest by users, by the pages of their operators.
const FREE_MAIL: Table = Table {
    name: "free-mail providers",
    list_type: ListType::String,
    kinds: NAMES,
    entries: &[
        "gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr live.com msn.com yahoo.com yahoo.co.uk",
        "yahoo.co.jp yahoo.fr yahoo.de yahoo.co.in ymail.com rocketmail.com aol.com icloud.com me.com mac.com",
        "proton.me protonmail.com pm.me tutanota.com tuta.io zoho.com fastmail.com hey.com mail.com email.com",
        "gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de posteo.de mailbox.org",
        "mail.ru bk.ru inbox.ru list.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua",
        "qq.com foxmail.com 163.com 126.com yeah.net sina.com sohu.com 139.com naver.com daum.net hanmail.net rediffmail.com",
        "orange.fr free.fr laposte.net wanadoo.fr sfr.fr libero.it virgilio.it tiscali.it wp.pl o2.pl onet.pl interia.pl",
        "seznam.cz centrum.cz abv.bg uol.com.br bol.com.br terra.com.br comcast.net verizon.net att.net btinternet.com",
    ],
};

/// Those that most short links in public crawls go through.
const SHORTENERS: Table = Table {
    name: "URL shorteners",
    list_type: ListType::String,
    kinds: NAMES,
    entries: &[
        "bit.ly bitly.com t.co tinyurl.com goo.gl is.gd v.gd ow.ly buff.ly cutt.ly rb.gy rebrand.ly shorturl.at t.ly tiny.cc",
        "s.id lnkd.in fb.me youtu.be amzn.to aka.ms g.co git.io wp.me dlvr.it ift.tt adf.ly bl.ink short.io clck.ru vk.cc",
        "urlz.fr u.to soo.gd tr.im trib.al qr.ae linktr.ee",
    ],
};

/// Sites that nearly everyone uses: the domain whole says nothing.
const LARGE_SITES: Table = Table {
    name: "the largest sites",
    list_type: ListType::String,
    kinds: NAMES,
    entries: &[
        "google.com www.google.com googleapis.com gstatic.com googleusercontent.com doubleclick.net google-analytics.com",
        "googletagmanager.com youtube.com www.youtube.com ytimg.com drive.google.com docs.google.com play.google.com",
        "facebook.com www.facebook.com fbcdn.net instagram.com www.instagram.com whatsapp.com whatsapp.net threads.net",
        "meta.com twitter.com x.com twimg.com tiktok.com www.tiktok.com linkedin.com www.linkedin.com pinterest.com",
        "reddit.com www.reddit.com discord.com discordapp.com telegram.org t.me vk.com weibo.com snapchat.com",
        "microsoft.com www.microsoft.com windows.com windowsupdate.com office.com office365.com microsoftonline.com",
        "login.microsoftonline.com live.net sharepoint.com onedrive.live.com skype.com bing.com www.bing.com azure.com",
        "apple.com www.apple.com apple.news itunes.apple.com amazon.com www.amazon.com amazonaws.com s3.amazonaws.com",
        "cloudfront.net cloudflare.com akamai.net akamaiedge.net akamaihd.net fastly.net jsdelivr.net unpkg.com",
        "github.com www.github.com githubusercontent.com raw.githubusercontent.com gitlab.com bitbucket.org npmjs.com pypi.org",
        "dropbox.com www.dropbox.com mega.nz box.com wetransfer.com mediafire.com pastebin.com archive.org",
        "wikipedia.org en.wikipedia.org wikimedia.org mozilla.org ubuntu.com debian.org adobe.com oracle.com ibm.com",
        "netflix.com spotify.com zoom.us slack.com paypal.com ebay.com wordpress.com wordpress.org blogger.com medium.com",
        "yahoo.co.jp baidu.com www.baidu.com taobao.com alibaba.com aliyun.com tencent.com bilibili.com yandex.net",
        "virustotal.com www.virustotal.com w3.org www.w3.org schema.org digicert.com letsencrypt.org verisign.com",
    ],
};

/// Computed: the hashes of files with nothing in them, which every crawler and sandbox meets. The import hash of an empty
/// table and the fingerprint of an empty greeting are the md5 of nothing too.
const EMPTY_FILES: Table = Table {
    name: "hashes of empty files",
    list_type: ListType::String,
    kinds: HASHES,
    entries: &[
        // Nothing.
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        // A line feed.
        "68b329da9893e34099c7d8ad5cb9c940",
        "adc83b19e793491b1c6ea0fd8b46cd9f32e592fc",
        "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
        "be688838ca8686e5c90689bf2ab585cef1137c999b48c70b92f67a5c34dc15697b5d11c982ed6d71be1e1e7f7b4e0733884aa97c3f7a339a8ed03577cf74be09",
        // A carriage return and a line feed.
        "81051bcc2cf1bedf378224b0a93e2877",
        "ba8ab5a0280b953aa97435ff8946cbcbb2755a27",
        "7eb70257593da06f682a3ddda54a9d260d4fc514f645237f5ca74b08f8da61a6",
        "1b302a2f1e624a5fb5ad94ddc4e5f8bfd74d26fa37512d0e5face303d8c40eee0d0ffa3649f5da43f439914d128166cb6c4774a7caa3b174d7535451eb697b5d",
        // A zero byte.
        "93b885adfe0da089cdf634904fd59f71",
        "5ba93c9db0cff93f52b521d7420e43f6eda2784f",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "b8244d028981d693af7b456af8efa4cad63d282e19ff14942c246e50d9351d22704a802a71c3580b6370de4ceb293c324a8423342557d4e5c38438f0e36910ee",
        // A blank.
        "7215ee9c7d9dc229d2921a40e899ec5f",
        "b858cb282617fb0956d960215c8e84d1ccf909c6",
        "36a9e7f1c95b82ffb99743e0c5c4ce95d83c9a430aac59f84ef3cbfab6145068",
        "f90ddd77e400dfe6a3fcf479b00b1ee29e7015c5bb8cd70f5f15b4886cc339275ff553fc8a053f8ddc7324f45168cffaf81f8c3ac93996f6536eef38e5e40768",
        // A byte order mark.
        "ecaa88f7fa0bf610a5a26cf545dcd3aa",
        "57218c316b6921e2cd61027a2387edc31a2d9471",
        "f1945cd6c19e56b3c1c78943ef5ec18116907a4ca1efc40a57d48ab1db7adfc5",
        "37c783b80b1d458b89e712c2dfe2777050eff0aefc9f6d8beedee77807d9aeb2e27d14815cf4f0229b1d36c186bb5f2b5ef55e632b108cc41e9fb964c39b42a5",
    ],
};

/// Computed. Scanners report it by design.
const TEST_FILE: Table = Table {
    name: "hashes of the EICAR test file",
    list_type: ListType::String,
    kinds: HASHES,
    entries: &[
        // The 68 bytes of eicar.com.
        "44d88612fea8a8f36de82e1278abb02f",
        "3395856ce81f2b7382dee72602f798b642f14140",
        "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
        "cc805d5fab1fd71a4ab352a9c533e65fb2d5b885518f4e565e68847223b8e6b85cb48f3afad842726d99239c9e36505c64b0dc9a061d9e507d833277ada336ab",
    ],
};
