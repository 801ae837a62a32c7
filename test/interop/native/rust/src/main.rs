use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Value};

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    println!("greeting {}", event.payload["name"]);
    match event.payload["how"].as_str() {
        Some("error") => Err("asked to fail".into()),
        Some("panic") => panic!("asked to panic"),
        _ => Ok(json!({
            "greeting": format!("hello {}", event.payload["name"].as_str().unwrap_or("nobody")),
            "id": event.context.request_id,
            "arn": event.context.invoked_function_arn,
            "memory": event.context.env_config.memory,
            "hasTime": event.context.deadline > 0,
        })),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}
