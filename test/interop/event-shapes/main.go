// Reads one {"kind", "event"} a line, decodes each event into the type that handlers in Go are given, refusing
// what the type does not know, and writes {"kind", "again" or "error"}: the event as the type writes it.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/events"
)

type line struct {
	Kind  string          `json:"kind"`
	Event json.RawMessage `json:"event,omitempty"`
	Again any             `json:"again,omitempty"`
	Error string          `json:"error,omitempty"`
}

func typeOf(kind string) any {
	switch kind {
	case "s3":
		return &events.S3Event{}
	case "sns":
		return &events.SNSEvent{}
	case "sqs":
		return &events.SQSEvent{}
	case "kinesis":
		return &events.KinesisEvent{}
	case "kinesis window":
		return &events.KinesisTimeWindowEvent{}
	case "dynamodb":
		return &events.DynamoDBEvent{}
	case "dynamodb window":
		return &events.DynamoDBTimeWindowEvent{}
	case "events":
		return &events.EventBridgeEvent{}
	case "rest api":
		return &events.APIGatewayProxyRequest{}
	case "http api":
		return &events.APIGatewayV2HTTPRequest{}
	case "url":
		return &events.LambdaFunctionURLRequest{}
	case "logs":
		return &events.CloudwatchLogsEvent{}
	}
	return nil
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var given line
		if err := json.Unmarshal(in.Bytes(), &given); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		into := typeOf(given.Kind)
		if into == nil {
			continue
		}
		told := line{Kind: given.Kind, Again: into}
		decoder := json.NewDecoder(bytes.NewReader(given.Event))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(into); err != nil {
			told = line{Kind: given.Kind, Error: err.Error()}
		}
		if err := out.Encode(told); err != nil {
			fmt.Fprintln(os.Stderr, given.Kind, err)
			os.Exit(1)
		}
	}
}
