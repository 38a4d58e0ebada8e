//! Grants without a browser of our own: machines (RFC 6749 section 4.4, RFC 7523 section 2.1, RFC 8693), and users on another
//! device (RFC 8628, OpenID Connect CIBA Core 1.0).

mod ciba;
mod device;
mod device_error;
pub(crate) mod device_failure;
mod device_request;
mod device_tokens;
mod error;
mod exchange;
mod machine;
pub(crate) mod polling;

pub use ciba::{
    AuthReqId, AwaitingBackchannel, BackchannelAuthentication, BackchannelRequest, ClientNotificationToken, UserHint,
};
pub use device::{AwaitingDevice, DeviceAuthorization, DeviceCode, DeviceRequest};
pub use device_error::DeviceError;
pub use device_failure::DeviceFailure;
pub use device_tokens::{AwaitingDeviceTokens, Poll};
pub use error::GrantError;
pub use exchange::TokenExchange;
pub use machine::{Assertion, AwaitingGrant, MachineGrant};
