//! The gRPC API of helpline181, generated from `helpline/v1/*.proto`.

pub mod v1 {
    tonic::include_proto!("helpline.v1");
}

/// The API's encoded `FileDescriptorSet`, for reflection and for tests over all methods.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/helpline.binpb"));
