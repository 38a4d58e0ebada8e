//! The examples. Each is a program; `provider` is the provider that they log in at.
