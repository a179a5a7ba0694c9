//! Compiles the protobuf files with protox, so that no system `protoc` is needed. Only with the feature `net`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rerun-if-changed=src/store/migrations");
    println!("cargo::rerun-if-changed=src/store/custodian/migrations");
    #[cfg(feature = "net")]
    {
        let files =
            ["exchange", "round", "list", "overlap", "custodian"].map(|name| format!("proto/mandorla/v1/{name}.proto"));
        let descriptors = protox::compile(files, ["proto"])?;
        tonic_prost_build::configure().bytes(".").compile_fds(descriptors)?;
    }
    Ok(())
}
