//! What every answer says to the browser besides its content.

pub const HEADERS: [(&str, &str); 4] = [
    // No scripts at all, no forms that lead elsewhere, no frame around a page; pictures of users come over https.
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    // The address of a callback has the code in it: no other site is told where the browser comes from.
    ("referrer-policy", "no-referrer"),
    // Pages show personal data, and redirects hold state: neither is kept, nor shown by the back button after signing out.
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
];
