import type { Constraint, Constraints } from "../../kernel/constraints.ts";

/** Enums are listed in the order in which AWS lists them in its messages, which is no other's. */
const RETURN_VALUES: Constraint = { enum: ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"] };
const CONSUMED: Constraint = { enum: ["INDEXES", "TOTAL", "NONE"] };
const METRICS: Constraint = { enum: ["SIZE", "NONE"] };
const ON_FAILURE: Constraint = { enum: ["ALL_OLD", "NONE"] };
const OPERATOR: Constraint = { enum: ["OR", "AND"] };
const COMPARISON: Constraint = {
  enum: [
    ...["IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE", "BEGINS_WITH"],
    ...["GE", "CONTAINS"],
  ],
};
const SELECT: Constraint = {
  enum: ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"],
};
const BILLING: Constraint = { enum: ["PROVISIONED", "PAY_PER_REQUEST"] };
const DISTANCE: Constraint = { enum: ["COSINE", "DOT_PRODUCT", "EUCLIDEAN"] };
const TABLE_CLASS: Constraint = { enum: ["STANDARD", "STANDARD_INFREQUENT_ACCESS"] };
const INDEX_NAME: Constraint = { pattern: "[a-zA-Z0-9_.-]+", length: [3, 255] };
const AT_LEAST_ONE: Constraint = { length: [1, 2 ** 31] };
const UNITS: Constraint = { range: [1, Number.MAX_SAFE_INTEGER] };
const ATTRIBUTE_NAME: Constraint = { length: [1, 255] };
const RESOURCE_ARN: Constraint = { length: [1, 1283] };
const TOKEN: Constraint = { length: [1, 36] };
const STATEMENT: Constraint = { length: [1, 8192] };

const onTables: Constraints = {
  "AttributeDefinition.AttributeName": ATTRIBUTE_NAME,
  "AttributeDefinition.AttributeType": { enum: ["B", "N", "S"] },
  "KeySchemaElement.AttributeName": ATTRIBUTE_NAME,
  "KeySchemaElement.KeyType": { enum: ["HASH", "RANGE"] },
  "Projection.ProjectionType": { enum: ["ALL", "INCLUDE", "KEYS_ONLY"] },
  "Projection.NonKeyAttributes": { length: [1, 20] },
  "ProvisionedThroughput.ReadCapacityUnits": UNITS,
  "ProvisionedThroughput.WriteCapacityUnits": UNITS,
  "LocalSecondaryIndex.IndexName": INDEX_NAME,
  "LocalSecondaryIndex.KeySchema": AT_LEAST_ONE,
  "GlobalSecondaryIndex.IndexName": INDEX_NAME,
  "GlobalSecondaryIndex.KeySchema": AT_LEAST_ONE,
  "CreateGlobalSecondaryIndexAction.IndexName": INDEX_NAME,
  "CreateGlobalSecondaryIndexAction.KeySchema": AT_LEAST_ONE,
  "UpdateGlobalSecondaryIndexAction.IndexName": INDEX_NAME,
  "DeleteGlobalSecondaryIndexAction.IndexName": INDEX_NAME,
  "VectorIndex.IndexName": INDEX_NAME,
  "VectorIndex.DistanceFunction": DISTANCE,
  "CreateVectorIndexAction.IndexName": INDEX_NAME,
  "CreateVectorIndexAction.DistanceFunction": DISTANCE,
  "DeleteVectorIndexAction.IndexName": INDEX_NAME,
  "VectorAttributeDefinition.AttributeName": ATTRIBUTE_NAME,
  "SearchSchemaElement.AttributeName": ATTRIBUTE_NAME,
  "SearchSchemaElement.SearchSchemaElementType": { enum: ["HASH", "INLINE_FILTER"] },
  "CreateTableInput.KeySchema": AT_LEAST_ONE,
  "CreateTableInput.BillingMode": BILLING,
  "CreateTableInput.TableClass": TABLE_CLASS,
  "UpdateTableInput.BillingMode": BILLING,
  "UpdateTableInput.TableClass": TABLE_CLASS,
  "StreamSpecification.StreamViewType": {
    enum: ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"],
  },
  "SSESpecification.SSEType": { enum: ["AES256", "KMS"] },
  "ListTablesInput.ExclusiveStartTableName": INDEX_NAME,
  "ListTablesInput.Limit": { range: [1, 100] },
  "Tag.Key": { length: [1, 128] },
  "Tag.Value": { length: [0, 256] },
  "TagResourceInput.ResourceArn": RESOURCE_ARN,
  "UntagResourceInput.ResourceArn": RESOURCE_ARN,
  "ListTagsOfResourceInput.ResourceArn": RESOURCE_ARN,
  "PutResourcePolicyInput.ResourceArn": RESOURCE_ARN,
  "PutResourcePolicyInput.ExpectedRevisionId": { length: [1, 255] },
  "GetResourcePolicyInput.ResourceArn": RESOURCE_ARN,
  "DeleteResourcePolicyInput.ResourceArn": RESOURCE_ARN,
  "DeleteResourcePolicyInput.ExpectedRevisionId": { length: [1, 255] },
  "UpdateContributorInsightsInput.IndexName": INDEX_NAME,
  "UpdateContributorInsightsInput.ContributorInsightsAction": { enum: ["ENABLE", "DISABLE"] },
  "UpdateContributorInsightsInput.ContributorInsightsMode": {
    enum: ["ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"],
  },
  "DescribeContributorInsightsInput.IndexName": INDEX_NAME,
  "ListContributorInsightsInput.MaxResults": { range: [0, 100] },
};

const onItems: Constraints = {
  "PutItemInput.ReturnValues": RETURN_VALUES,
  "PutItemInput.ReturnConsumedCapacity": CONSUMED,
  "PutItemInput.ReturnItemCollectionMetrics": METRICS,
  "PutItemInput.ConditionalOperator": OPERATOR,
  "PutItemInput.ReturnValuesOnConditionCheckFailure": ON_FAILURE,
  "DeleteItemInput.ReturnValues": RETURN_VALUES,
  "DeleteItemInput.ReturnConsumedCapacity": CONSUMED,
  "DeleteItemInput.ReturnItemCollectionMetrics": METRICS,
  "DeleteItemInput.ConditionalOperator": OPERATOR,
  "DeleteItemInput.ReturnValuesOnConditionCheckFailure": ON_FAILURE,
  "UpdateItemInput.ReturnValues": RETURN_VALUES,
  "UpdateItemInput.ReturnConsumedCapacity": CONSUMED,
  "UpdateItemInput.ReturnItemCollectionMetrics": METRICS,
  "UpdateItemInput.ConditionalOperator": OPERATOR,
  "UpdateItemInput.ReturnValuesOnConditionCheckFailure": ON_FAILURE,
  "GetItemInput.AttributesToGet": AT_LEAST_ONE,
  "GetItemInput.ReturnConsumedCapacity": CONSUMED,
  "AttributeValueUpdate.Action": { enum: ["ADD", "DELETE", "PUT"] },
  "ExpectedAttributeValue.ComparisonOperator": COMPARISON,
  "Condition.ComparisonOperator": COMPARISON,
  "QueryInput.IndexName": INDEX_NAME,
  "QueryInput.Select": SELECT,
  "QueryInput.AttributesToGet": AT_LEAST_ONE,
  "QueryInput.ConditionalOperator": OPERATOR,
  "QueryInput.ReturnConsumedCapacity": CONSUMED,
  "ScanInput.IndexName": INDEX_NAME,
  "ScanInput.Select": SELECT,
  "ScanInput.AttributesToGet": AT_LEAST_ONE,
  "ScanInput.Limit": { range: [1, 2 ** 31 - 1] },
  "ScanInput.ConditionalOperator": OPERATOR,
  "ScanInput.ReturnConsumedCapacity": CONSUMED,
  "ScanInput.TotalSegments": { range: [1, 1_000_000] },
  "ScanInput.Segment": { range: [0, 999_999] },
};

const onSeveral: Constraints = {
  "BatchGetItemInput.ReturnConsumedCapacity": CONSUMED,
  "KeysAndAttributes.Keys": AT_LEAST_ONE,
  "KeysAndAttributes.AttributesToGet": AT_LEAST_ONE,
  "BatchWriteItemInput.RequestItems": { length: [1, 25] },
  "BatchWriteItemInput.ReturnConsumedCapacity": CONSUMED,
  "BatchWriteItemInput.ReturnItemCollectionMetrics": METRICS,
  "TransactGetItemsInput.TransactItems": { length: [1, 100] },
  "TransactGetItemsInput.ReturnConsumedCapacity": CONSUMED,
  "TransactWriteItemsInput.TransactItems": { length: [1, 100] },
  "TransactWriteItemsInput.ReturnConsumedCapacity": CONSUMED,
  "TransactWriteItemsInput.ReturnItemCollectionMetrics": METRICS,
  "TransactWriteItemsInput.ClientRequestToken": TOKEN,
  "Put.ReturnValuesOnConditionCheckFailure": ON_FAILURE,
  "Delete.ReturnValuesOnConditionCheckFailure": ON_FAILURE,
  "Update.ReturnValuesOnConditionCheckFailure": ON_FAILURE,
  "ConditionCheck.ReturnValuesOnConditionCheckFailure": ON_FAILURE,
  "SearchVectorsInput.IndexName": INDEX_NAME,
  "SearchVectorsInput.SearchVector": AT_LEAST_ONE,
  "SearchVectorsInput.TopK": { range: [1, 2 ** 31 - 1] },
  "SearchVectorsInput.ReturnConsumedCapacity": CONSUMED,
  "ExecuteStatementInput.Statement": STATEMENT,
  "ExecuteStatementInput.Parameters": AT_LEAST_ONE,
  "ExecuteStatementInput.NextToken": { length: [1, 32_768] },
  "ExecuteStatementInput.Limit": { range: [1, 2 ** 31 - 1] },
  "ExecuteStatementInput.ReturnConsumedCapacity": CONSUMED,
  "ExecuteStatementInput.ReturnValuesOnConditionCheckFailure": ON_FAILURE,
  "BatchExecuteStatementInput.Statements": { length: [1, 25] },
  "BatchExecuteStatementInput.ReturnConsumedCapacity": CONSUMED,
  "BatchStatementRequest.Statement": STATEMENT,
  "BatchStatementRequest.Parameters": AT_LEAST_ONE,
  "ExecuteTransactionInput.TransactStatements": { length: [1, 100] },
  "ExecuteTransactionInput.ClientRequestToken": TOKEN,
  "ExecuteTransactionInput.ReturnConsumedCapacity": CONSUMED,
  "ParameterizedStatement.Statement": STATEMENT,
  "ParameterizedStatement.Parameters": AT_LEAST_ONE,
};

/** From the service's API model. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/ */
export const constraints: Constraints = { ...onTables, ...onItems, ...onSeveral };
