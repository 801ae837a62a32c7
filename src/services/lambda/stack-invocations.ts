// What stacks may have of how functions are invoked: by whom, from where, and what becomes of it.
import type { ResourceTypes } from "../define.ts";
import {
  droppedTags,
  flag,
  given,
  gone,
  members,
  number,
  type Properties,
  tagsOf,
  text,
} from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";

export const invocations: ResourceTypes = {
  "AWS::Lambda::Permission": {
    attributes: ["Id"],
    properties: {
      Action: "replace",
      EventSourceToken: "replace",
      FunctionName: "replace",
      FunctionUrlAuthType: "replace",
      InvokedViaFunctionUrl: "replace",
      Principal: "replace",
      PrincipalOrgID: "replace",
      SourceAccount: "replace",
      SourceArn: "replace",
    },
    required: ["Action", "FunctionName", "Principal"],
    async create(context, resource) {
      const { FunctionName, ...rest } = resource.properties;
      const StatementId = resource.name(100);
      const plain = Object.entries(rest).map(([name, value]) => [
        name,
        name === "InvokedViaFunctionUrl" ? flag(value) : text(value),
      ]);
      await context.call("lambda", "AddPermission", {
        FunctionName: text(FunctionName),
        StatementId,
        ...Object.fromEntries(plain),
      } as never);
      return { id: StatementId, attributes: { Id: StatementId } };
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("lambda", "RemovePermission", {
          FunctionName: text(properties.FunctionName),
          StatementId: id,
        }),
        MISSING,
      ),
  },
  "AWS::Lambda::EventSourceMapping": {
    attributes: ["EventSourceMappingArn", "Id"],
    properties: {
      BatchSize: "update",
      BisectBatchOnFunctionError: "update",
      DestinationConfig: "update",
      Enabled: "update",
      EventSourceArn: "replace",
      FilterCriteria: "update",
      FunctionName: "update",
      FunctionResponseTypes: "update",
      MaximumBatchingWindowInSeconds: "update",
      MaximumRecordAgeInSeconds: "update",
      MaximumRetryAttempts: "update",
      MetricsConfig: "accepted",
      ParallelizationFactor: "update",
      ScalingConfig: "update",
      StartingPosition: "replace",
      StartingPositionTimestamp: "replace",
      Tags: "update",
      TumblingWindowInSeconds: "update",
    },
    required: ["FunctionName"],
    async create(context, resource) {
      const { properties } = resource;
      const { UUID = "", EventSourceMappingArn = "" } = await context.call(
        "lambda",
        "CreateEventSourceMapping",
        {
          EventSourceArn: text(properties.EventSourceArn),
          StartingPosition: text(properties.StartingPosition) as "LATEST",
          ...(properties.StartingPositionTimestamp
            ? { StartingPositionTimestamp: new Date(Number(properties.StartingPositionTimestamp) * 1000) }
            : {}),
          Tags: tagsOf(resource),
          ...mappingOf(properties),
        } as never,
      );
      return { id: UUID, attributes: { Id: UUID, EventSourceMappingArn } };
    },
    async update(context, resource, made, before) {
      await context.call("lambda", "UpdateEventSourceMapping", {
        UUID: made.id,
        ...mappingOf(resource.properties),
      } as never);
      const Resource = text(made.attributes.EventSourceMappingArn);
      const TagKeys = droppedTags(resource, before);
      if (TagKeys.length > 0) await context.call("lambda", "UntagResource", { Resource, TagKeys });
      const Tags = tagsOf(resource);
      if (Object.keys(Tags).length > 0) await context.call("lambda", "TagResource", { Resource, Tags });
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("lambda", "DeleteEventSourceMapping", { UUID: id }), MISSING),
  },
  "AWS::Lambda::EventInvokeConfig": {
    attributes: [],
    properties: {
      DestinationConfig: "update",
      FunctionName: "replace",
      MaximumEventAgeInSeconds: "update",
      MaximumRetryAttempts: "update",
      Qualifier: "replace",
    },
    required: ["FunctionName", "Qualifier"],
    async create(context, resource) {
      await context.call(
        "lambda",
        "PutFunctionEventInvokeConfig",
        invokeConfigOf(resource.properties) as never,
      );
      return { id: resource.name(128), attributes: {} };
    },
    async update(context, { properties }, made) {
      await context.call("lambda", "PutFunctionEventInvokeConfig", invokeConfigOf(properties) as never);
      return made;
    },
    delete: (context, _made, { FunctionName, Qualifier }) =>
      gone(
        context.call("lambda", "DeleteFunctionEventInvokeConfig", {
          FunctionName: text(FunctionName),
          Qualifier: text(Qualifier),
        }),
        MISSING,
      ),
  },
  "AWS::Lambda::Url": {
    attributes: ["FunctionArn", "FunctionUrl"],
    properties: {
      AuthType: "update",
      Cors: "update",
      InvokeMode: "update",
      Qualifier: "replace",
      TargetFunctionArn: "replace",
    },
    required: ["AuthType", "TargetFunctionArn"],
    async create(context, { properties }) {
      const { FunctionUrl = "", FunctionArn = "" } = await context.call(
        "lambda",
        "CreateFunctionUrlConfig",
        urlOf(properties) as never,
      );
      return { id: FunctionArn, attributes: { FunctionUrl, FunctionArn } };
    },
    async update(context, { properties }, made) {
      // What a template no longer says is as it is by itself.
      const url = urlOf(properties);
      const asked = { ...url, Cors: url.Cors ?? {}, InvokeMode: url.InvokeMode ?? "BUFFERED" };
      await context.call("lambda", "UpdateFunctionUrlConfig", asked as never);
      return made;
    },
    delete: (context, _made, properties) =>
      gone(
        context.call("lambda", "DeleteFunctionUrlConfig", {
          FunctionName: text(properties.TargetFunctionArn),
          Qualifier: text(properties.Qualifier),
        }),
        MISSING,
      ),
  },
};

const NUMBERS = [
  "BatchSize",
  "MaximumBatchingWindowInSeconds",
  "MaximumRecordAgeInSeconds",
  "MaximumRetryAttempts",
  "ParallelizationFactor",
  "TumblingWindowInSeconds",
];

function mappingOf(properties: Properties) {
  const scaling = number(members(properties.ScalingConfig).MaximumConcurrency);
  return given({
    ...Object.fromEntries(NUMBERS.map((name) => [name, number(properties[name])])),
    BisectBatchOnFunctionError: flag(properties.BisectBatchOnFunctionError),
    DestinationConfig: properties.DestinationConfig,
    Enabled: flag(properties.Enabled),
    FilterCriteria: properties.FilterCriteria,
    FunctionName: text(properties.FunctionName),
    FunctionResponseTypes: properties.FunctionResponseTypes,
    ScalingConfig: scaling === undefined ? undefined : { MaximumConcurrency: scaling },
  });
}

function invokeConfigOf(properties: Properties) {
  return given({
    FunctionName: text(properties.FunctionName),
    Qualifier: text(properties.Qualifier),
    MaximumEventAgeInSeconds: number(properties.MaximumEventAgeInSeconds),
    MaximumRetryAttempts: number(properties.MaximumRetryAttempts),
    DestinationConfig: properties.DestinationConfig,
  });
}

function urlOf(properties: Properties) {
  const cors = properties.Cors === undefined ? undefined : members(properties.Cors);
  return given({
    FunctionName: text(properties.TargetFunctionArn),
    Qualifier: text(properties.Qualifier),
    AuthType: text(properties.AuthType),
    InvokeMode: text(properties.InvokeMode),
    Cors:
      cors && given({ ...cors, AllowCredentials: flag(cors.AllowCredentials), MaxAge: number(cors.MaxAge) }),
  });
}
