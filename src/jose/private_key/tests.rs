//! Keys that are made and read, and what is seen of them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use serde_json::Value;

use super::*;
use crate::ground::base64url::{self, decode};
use crate::ground::json::Object;
use crate::jose::jwk::Jwk;
use crate::jose::private_key::read::X25519_PKCS8;
use crate::jose::signer;

/// RFC 8410 section 10.3.
const ED25519_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
    -----END PRIVATE KEY-----";

/// Made by OpenSSL for the same key.
const CERTIFICATE_PEM: &str = "-----BEGIN CERTIFICATE-----\n\
    MIIBMjCB5aADAgECAhRGeqH1qkEpfsyaIc+EOelzSwD9NTAFBgMrZXAwDjEMMAoG\n\
    A1UEAwwDYXBwMCAXDTI2MTEyNzExNTcwNFoYDzIxMjYxMTAzMTE1NzA0WjAOMQww\n\
    CgYDVQQDDANhcHAwKjAFBgMrZXADIQAZv0QJaYTN/oVBusFn3DuWyFCGqjC2tssM\n\
    XDitcDFm4aNTMFEwHQYDVR0OBBYEFKKMwfhuWWDT4DrnXJYsl6jUSCk8MB8GA1Ud\n\
    IwQYMBaAFKKMwfhuWWDT4DrnXJYsl6jUSCk8MA8GA1UdEwEB/wQFMAMBAf8wBQYD\n\
    K2VwA0EA7ecYfjev/3I4swchHBXW35t4nREw5qD+NnyKTATYOkT2k48Iq7wkKsn1\n\
    z+vaEnor5YUl+wb94jSqkBYWpYIDAQ==\n\
    -----END CERTIFICATE-----";

fn verifies(key: &PrivateKey) -> bool {
    let message = b"what is signed";
    let signature = key.sign(message).unwrap();
    let algorithm = SignatureAlgorithm::from_name(key.algorithm.as_str()).unwrap();
    let jwk = Jwk::parse(&key.public_jwk()).unwrap();
    let public = jwk.fit_for(algorithm).unwrap();
    public.verify(algorithm, message, &signature) && !public.verify(algorithm, b"another message", &signature)
}

#[test]
#[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
fn a_new_key_signs_what_its_public_half_verifies() {
    for algorithm in ["ES256", "ES384", "ES512", "EdDSA", "Ed25519"] {
        let key = PrivateKey::generate(algorithm).unwrap();
        assert!(verifies(&key), "{algorithm}");
        signer::check(&key).unwrap();
    }
    for algorithm in ["HS256", "none", "A128KW", "dir", ""] {
        assert!(PrivateKey::generate(algorithm).is_err(), "{algorithm}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "RSA is too much for an interpreter")]
fn an_rsa_key_signs_with_each_of_its_algorithms() {
    let key = PrivateKey::generate("RS256").unwrap();
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        assert!(verifies(&key.clone().with_algorithm(algorithm).unwrap()), "{algorithm}");
    }
    assert!(key.with_algorithm("ES256").is_err());
}

#[test]
#[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
fn pkcs8_is_read_in_pem_of_any_width() {
    let key = PrivateKey::from_pkcs8_pem(ED25519_PEM).unwrap();
    assert!(verifies(&key));
    // RFC 8410 section 10.1 has the public half.
    assert!(key.public_jwk().contains(r#""x":"Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE""#), "{key:?}");
    let narrow = ED25519_PEM.replace("BQYD", "\r\n BQYD");
    assert_eq!(PrivateKey::from_pkcs8_pem(&narrow).unwrap().thumbprint(), key.thumbprint());
    for wrong in ["", "MC4C", "-----BEGIN EC PRIVATE KEY-----\nMC4=\n-----END EC PRIVATE KEY-----"] {
        assert!(PrivateKey::from_pkcs8_pem(wrong).unwrap_err().reason().contains("openssl"), "{wrong}");
    }
    assert!(PrivateKey::from_pkcs8_pem(&ED25519_PEM.replace("MC4C", "MC5C")).is_err());
    assert!(PrivateKey::from_pkcs8_pem(&ED25519_PEM.replace("dVhC", "dVhCAAAA")).is_err(), "there is more after it");
}

#[test]
#[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
fn a_certificate_is_named_by_its_thumbprint_and_must_be_that_of_the_key() {
    let key = PrivateKey::from_pkcs8_pem(ED25519_PEM).unwrap().with_certificate_pem(CERTIFICATE_PEM).unwrap();
    // openssl x509 -outform DER | openssl dgst -sha256 -binary | basenc --base64url
    assert_eq!(key.certificate_thumbprint(), Some("hvtDOrYg4fB_DzSslH0EeP9RseStFJElQLcbKYLqPfU"));
    let jws = signer::sign(&key, None, None, &1).unwrap();
    let header = decode(jws.split('.').next().unwrap()).unwrap();
    assert_eq!(header, br#"{"alg":"EdDSA","x5t#S256":"hvtDOrYg4fB_DzSslH0EeP9RseStFJElQLcbKYLqPfU"}"#);
    let other = PrivateKey::generate("EdDSA").unwrap().with_certificate_pem(CERTIFICATE_PEM).unwrap_err();
    assert!(other.reason().contains("another key"));
    assert!(key.with_certificate_pem(ED25519_PEM).unwrap_err().reason().contains("PEM"));
}

#[test]
#[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
fn x25519_is_read_from_pkcs8_and_signs_nothing() {
    // RFC 7748 section 6.1, Alice.
    let scalar = decode("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo").unwrap();
    let key = PrivateKey::from_pkcs8_der(&[&X25519_PKCS8[..], &scalar].concat()).unwrap();
    assert!(key.public_jwk().contains(r#""x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo""#));
    assert!(key.sign(b"").is_err());
    assert!(signer::check(&key).is_err());
    assert!(PrivateKey::from_pkcs8_der(&X25519_PKCS8).is_err());
}

#[test]
#[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
fn a_jwk_whose_parts_do_not_belong_together_is_refused() {
    // RFC 7517 appendix A.2.
    let jwk = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","use":"enc"}"#;
    let key = PrivateKey::from_jwk(jwk).unwrap();
    assert!(key.sign(b"").is_err(), "it is for encryption");
    assert!(verifies(&PrivateKey::from_jwk(&jwk.replace("enc", "sig")).unwrap()));
    for (from, to) in [
        ("870M", "970M"),
        (r#""d":"#, r#""e":"#),
        ("MKBC", "NKBC"),
        ("P-256", "P-384"),
        (r#""use":"enc""#, r#""use":1"#),
        (r#""use":"enc""#, r#""alg":"RS256""#),
        (r#""use":"enc""#, r#""alg":"HS256""#),
        (r#""use":"enc""#, r#""d":"AA""#),
    ] {
        assert!(PrivateKey::from_jwk(&jwk.replace(from, to)).is_err(), "{to}");
    }
    assert!(PrivateKey::from_jwk(r#"{"kty":"oct","k":"AAAA","alg":"HS256"}"#).is_err());
}

#[test]
#[cfg_attr(miri, ignore = "RSA is too much for an interpreter")]
fn an_rsa_jwk_with_one_wrong_number_is_refused() {
    let known: Value = serde_json::from_str(include_str!("../jwe/known_answers.json")).unwrap();
    // RFC 7516 appendix A.1.
    let jwk = known.pointer("/decrypted/0/key").unwrap();
    PrivateKey::from_jwk(&jwk.to_string()).unwrap();
    for member in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
        let mut wrong = jwk.clone();
        let value = wrong.get_mut(member).unwrap();
        let mut number = decode(value.as_str().unwrap()).unwrap();
        *number.last_mut().unwrap() ^= 2;
        *value = base64url::encode(number).into();
        assert!(PrivateKey::from_jwk(&wrong.to_string()).is_err(), "{member}");
    }
}

/// What is registered must not say that a key for decryption signs.
#[test]
#[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
fn a_key_that_decrypts_does_not_name_an_algorithm_that_signs() {
    let jwk = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","use":"enc"}"#;
    let shown = |key: &PrivateKey| {
        let json = key.public_jwk();
        let mut members = Object::parse(&json).map_err(drop).unwrap();
        ["alg", "use"].map(|name| members.take::<String>(name).unwrap())
    };
    let words = |alg: Option<&str>, usage: &str| [alg.map(str::to_owned), Some(usage.to_owned())];
    let key = PrivateKey::from_jwk(jwk).unwrap();
    assert_eq!(shown(&key), words(None, "enc"));
    let named = key.with_algorithm("ECDH-ES+A128KW").unwrap();
    assert_eq!(shown(&named), words(Some("ECDH-ES+A128KW"), "enc"));
    assert_eq!(shown(&PrivateKey::from_jwk(&jwk.replace("enc", "sig")).unwrap()), words(Some("ES256"), "sig"));
}

#[test]
#[cfg_attr(miri, ignore = "making keys is too much for an interpreter")]
fn nothing_of_the_secret_is_shown() {
    let key = PrivateKey::generate("ES256").unwrap().with_key_id("k");
    let Material::Ec { .. } = &*key.material else { panic!("not on a curve") };
    assert!(!key.public_jwk().contains(r#""d""#));
    assert_eq!(
        format!("{key:?}"),
        format!(r#"PrivateKey {{ algorithm: "ES256", key_id: Some("k"), thumbprint: {:?}, .. }}"#, key.thumbprint())
    );
}
