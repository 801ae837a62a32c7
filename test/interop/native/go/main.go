package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type Event struct {
	Name string `json:"name"`
	How  string `json:"how"`
}

type Answer struct {
	Greeting string `json:"greeting"`
	ID       string `json:"id"`
	Arn      string `json:"arn"`
	Memory   int    `json:"memory"`
	HasTime  bool   `json:"hasTime"`
}

func handle(ctx context.Context, event Event) (Answer, error) {
	told, _ := lambdacontext.FromContext(ctx)
	fmt.Println("greeting", event.Name)
	switch event.How {
	case "error":
		return Answer{}, errors.New("asked to fail")
	case "panic":
		panic("asked to panic")
	}
	_, hasTime := ctx.Deadline()
	return Answer{"hello " + event.Name, told.AwsRequestID, told.InvokedFunctionArn,
		lambdacontext.MemoryLimitInMB, hasTime}, nil
}

func main() {
	lambda.Start(handle)
}
