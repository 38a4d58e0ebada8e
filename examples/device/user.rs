//! The user of the embedded provider, with a browser on another device.

use oidc_proto::{BoxError, DeviceAuthorization, http};

use crate::send;

#[derive(Default)]
pub struct User {
    has_decided: bool,
}

impl User {
    /// Looks at the device. The first time, the user opens the page with the code, compares it, and allows the login.
    pub fn look_at(&mut self, device: &DeviceAuthorization) -> Result<(), BoxError> {
        println!("The tool has asked: the user has not decided.");
        if self.has_decided {
            return Ok(());
        }
        let page = device.verification_uri_complete().ok_or("the embedded provider has a page with the code")?;
        let page = send(http::Request::get(page).body(Vec::new())?)?;
        if !String::from_utf8_lossy(page.body()).contains(device.user_code()) {
            return Err("the page shows another code".into());
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("user_code", device.user_code()).append_pair("decision", "allow");
        let decision = http::Request::post(device.verification_uri()).body(form.finish().into_bytes())?;
        println!("On the other device: \"{}\"", String::from_utf8_lossy(send(decision)?.body()));
        self.has_decided = true;
        Ok(())
    }
}
