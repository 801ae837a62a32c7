import type * as sdk from "@aws-sdk/client-eventbridge";
import { formatArn } from "../../kernel/arn.ts";
import type { Context, Handlers } from "../define.ts";
import { authorizations } from "./authorize.ts";
import {
  type ConnectionRecord,
  type Credentials,
  connectionArn,
  connectionMissing,
  connectionRecords,
} from "./connection-records.ts";
import { fault, invalidParameter } from "./faults.ts";
import { pageOf } from "./paging.ts";

export const connections = {
  async CreateConnection(input, context) {
    const { scope, ids, clock } = context;
    const name = input.Name ?? "";
    const type = input.AuthorizationType ?? "BASIC";
    const given = credentialsOf(input.AuthParameters ?? {}, {});
    const nowMs = Math.floor(clock.now());
    const created: ConnectionRecord = {
      v: 1,
      ...scope,
      name,
      id: ids.uuid(),
      secretId: `${ids.uuid()}-${ids.base32(6)}`,
      ...describing(input),
      ...authorized(type, given, nowMs),
      createdMs: nowMs,
      modifiedMs: nowMs,
    };
    await context.store.transact(async (tx) => {
      if (await connectionRecords.get(tx, scope, name)) {
        throw fault("ResourceAlreadyExistsException", `Connection ${name} already exists.`);
      }
      connectionRecords.put(tx, created);
      if (created.state === "AUTHORIZING") authorizations.post(tx, nowMs, { v: 1, ...scope, name });
    });
    const { LastAuthorizedTime: _, ...shown } = summary(created);
    return shown;
  },

  async UpdateConnection(input, context) {
    const nowMs = Math.floor(context.clock.now());
    const changed = await change(context, input.Name, (old, tx) => {
      const type = input.AuthorizationType ?? old.type;
      const kept = type === old.type ? old.credentials : {};
      const touched = input.AuthParameters !== undefined || type !== old.type;
      const auth = touched ? authorized(type, credentialsOf(input.AuthParameters ?? {}, kept), nowMs) : {};
      const { token: _, reason: __, ...rest } = old;
      const record = { ...(touched ? rest : old), ...describing(input), ...auth, modifiedMs: nowMs };
      if (record.state === "AUTHORIZING") {
        authorizations.post(tx, nowMs, { v: 1, ...context.scope, name: old.name });
      }
      return record;
    });
    return summary(changed);
  },

  async DescribeConnection(input, context) {
    const { scope, store } = context;
    const name = input.Name ?? "";
    const connection = await store.transact((tx) => connectionRecords.get(tx, scope, name));
    if (!connection) throw connectionMissing(name);
    const { description, kmsKey, reason, secretId, connectivity } = connection;
    return {
      ...summary(connection),
      Name: name,
      ...(description === undefined ? {} : { Description: description }),
      ...(kmsKey === undefined ? {} : { KmsKeyIdentifier: kmsKey }),
      ...(reason === undefined ? {} : { StateReason: reason }),
      ...(connectivity === undefined
        ? {}
        : { InvocationConnectivityParameters: shownConnectivity(connectivity) }),
      AuthorizationType: connection.type,
      SecretArn: formatArn("secretsmanager", scope, `secret:events!connection/${name}/${secretId}`),
      AuthParameters: shownCredentials(connection.credentials),
    };
  },

  async ListConnections(input, context) {
    const { items, token } = await context.store.transact((tx) =>
      pageOf(
        (after) => connectionRecords.list(tx, context.scope, input.NamePrefix ?? "", after),
        input,
        ({ name }) => name,
        ({ state }) => input.ConnectionState === undefined || state === input.ConnectionState,
      ),
    );
    return {
      Connections: items.map((one) => ({
        ...summary(one),
        Name: one.name,
        ...(one.reason === undefined ? {} : { StateReason: one.reason }),
        AuthorizationType: one.type,
      })),
      ...token,
    };
  },

  /** Forgets all secrets; an update of the connection brings it back. */
  async DeauthorizeConnection(input, context) {
    const nowMs = Math.floor(context.clock.now());
    const changed = await change(context, input.Name, ({ token: _, ...old }) => ({
      ...old,
      state: "DEAUTHORIZED",
      credentials: {},
      modifiedMs: nowMs,
    }));
    return { ...summary(changed), ConnectionState: "DEAUTHORIZING" };
  },

  async DeleteConnection(input, context) {
    const gone = await change(context, input.Name, (old, tx) => {
      connectionRecords.remove(tx, old);
      return undefined;
    });
    return { ...summary(gone), ConnectionState: "DELETING" };
  },
} satisfies Handlers<typeof sdk>;

/** Gives the connection as it was changed, or as it was when it is gone. */
function change(
  { store, scope }: Context,
  name = "",
  how: (
    old: ConnectionRecord,
    tx: Parameters<typeof connectionRecords.put>[0],
  ) => ConnectionRecord | undefined,
): Promise<ConnectionRecord> {
  return store.transact(async (tx) => {
    const old = await connectionRecords.get(tx, scope, name);
    if (!old) throw connectionMissing(name);
    const changed = how(old, tx);
    if (changed) connectionRecords.put(tx, changed);
    return changed ?? old;
  });
}

/** Who needs to ask a server for a token is not let in before it has answered. */
function authorized(type: sdk.ConnectionAuthorizationType, credentials: Credentials, nowMs: number) {
  const needed = { BASIC: "basic", API_KEY: "apiKey", OAUTH_CLIENT_CREDENTIALS: "oauth" } as const;
  const parameters = {
    BASIC: "BasicAuthParameters",
    API_KEY: "ApiKeyAuthParameters",
    OAUTH_CLIENT_CREDENTIALS: "OAuthParameters",
  };
  const own = credentials[needed[type]];
  if (!own) {
    throw invalidParameter(
      "AuthParameters",
      `${parameters[type]} must be specified for ${type} authorization.`,
    );
  }
  const { invocation } = credentials;
  return {
    type,
    state: type === "OAUTH_CLIENT_CREDENTIALS" ? ("AUTHORIZING" as const) : ("AUTHORIZED" as const),
    credentials: { [needed[type]]: own, ...(invocation === undefined ? {} : { invocation }) },
    authorizedMs: nowMs,
  };
}

/** What is given stands for what was, member by member. */
function credentialsOf(given: sdk.UpdateConnectionAuthRequestParameters, old: Credentials): Credentials {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth } = given;
  const invocation = given.InvocationHttpParameters ?? old.invocation;
  return {
    ...old,
    ...(basic === undefined
      ? {}
      : {
          basic: {
            username: basic.Username ?? old.basic?.username ?? "",
            password: basic.Password ?? old.basic?.password ?? "",
          },
        }),
    ...(key === undefined
      ? {}
      : {
          apiKey: {
            name: key.ApiKeyName ?? old.apiKey?.name ?? "",
            value: key.ApiKeyValue ?? old.apiKey?.value ?? "",
          },
        }),
    ...(oauth === undefined ? {} : { oauth: oauthOf(oauth, old.oauth) }),
    ...(invocation === undefined ? {} : { invocation }),
  };
}

function oauthOf(given: sdk.UpdateConnectionOAuthRequestParameters, old: Credentials["oauth"]) {
  const http = given.OAuthHttpParameters ?? old?.http;
  return {
    clientId: given.ClientParameters?.ClientID ?? old?.clientId ?? "",
    clientSecret: given.ClientParameters?.ClientSecret ?? old?.clientSecret ?? "",
    endpoint: given.AuthorizationEndpoint ?? old?.endpoint ?? "",
    method: given.HttpMethod ?? old?.method ?? "POST",
    ...(http === undefined ? {} : { http }),
  };
}

function describing(input: sdk.UpdateConnectionRequest) {
  const { Description, KmsKeyIdentifier, InvocationConnectivityParameters: connectivity } = input;
  return {
    ...(Description === undefined ? {} : { description: Description }),
    ...(KmsKeyIdentifier === undefined ? {} : { kmsKey: KmsKeyIdentifier }),
    ...(connectivity === undefined
      ? {}
      : { connectivity: connectivity.ResourceParameters?.ResourceConfigurationArn ?? "" }),
  };
}

function summary(connection: ConnectionRecord) {
  const { state, createdMs, modifiedMs, authorizedMs } = connection;
  return {
    ConnectionArn: connectionArn(connection),
    ConnectionState: state,
    CreationTime: new Date(createdMs),
    LastModifiedTime: new Date(modifiedMs),
    ...(authorizedMs === undefined ? {} : { LastAuthorizedTime: new Date(authorizedMs) }),
  };
}

function shownCredentials({ basic, apiKey, oauth, invocation }: Credentials) {
  return {
    ...(basic ? { BasicAuthParameters: { Username: basic.username } } : {}),
    ...(apiKey ? { ApiKeyAuthParameters: { ApiKeyName: apiKey.name } } : {}),
    ...(oauth
      ? {
          OAuthParameters: {
            ClientParameters: { ClientID: oauth.clientId },
            AuthorizationEndpoint: oauth.endpoint,
            HttpMethod: oauth.method,
            ...(oauth.http ? { OAuthHttpParameters: shownHttp(oauth.http) } : {}),
          },
        }
      : {}),
    ...(invocation ? { InvocationHttpParameters: shownHttp(invocation) } : {}),
  };
}

/** Values that are secret are left out. */
function shownHttp(http: sdk.ConnectionHttpParameters): sdk.ConnectionHttpParameters {
  const hide = <One extends { Value?: string | undefined; IsValueSecret?: boolean | undefined }>(
    one: One,
  ) => {
    const { Value: _, ...rest } = one;
    return one.IsValueSecret ? rest : one;
  };
  const { HeaderParameters, QueryStringParameters, BodyParameters } = http;
  return {
    ...(HeaderParameters ? { HeaderParameters: HeaderParameters.map(hide) } : {}),
    ...(QueryStringParameters ? { QueryStringParameters: QueryStringParameters.map(hide) } : {}),
    ...(BodyParameters ? { BodyParameters: BodyParameters.map(hide) } : {}),
  };
}

function shownConnectivity(configurationArn: string) {
  return {
    ResourceParameters: {
      ResourceConfigurationArn: configurationArn,
      ResourceAssociationArn: configurationArn,
    },
  };
}
