//! The gRPC API of helpline181, generated from `helpline/v1/*.proto`.

#[expect(
    clippy::large_enum_variant,
    reason = "messages are generated; a case in a stream is not boxed"
)]
pub mod v1 {
    tonic::include_proto!("helpline.v1");
}

/// The API's encoded `FileDescriptorSet`, for reflection and for tests over all methods.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/helpline.binpb"));
