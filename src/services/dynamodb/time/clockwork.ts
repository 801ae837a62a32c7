import type { Constraint, Constraints } from "../../../kernel/constraints.ts";
import type { Store } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import { isBackupBlob } from "../backups/backup-records.ts";
import { backups, takeBackup } from "../backups/backups.ts";
import { workOnJobs } from "../backups/jobs.ts";
import { load } from "../backups/load.ts";
import { recovery } from "../backups/recovery.ts";
import { bulkOperations } from "../bulk/bulk-operations.ts";
import { runBulk } from "../bulk/run-bulk.ts";
import { fillReplica } from "../replicas/replication.ts";
import { exportsToS3 } from "../transfer/exports.ts";
import { importsFromS3 } from "../transfer/imports.ts";
import { readImport } from "../transfer/read-import.ts";
import { writeExport } from "../transfer/write-export.ts";
import { timeToLive } from "./ttl.ts";
import { workByTheClock } from "./worker.ts";

const BACKUP_ARN: Constraint = { length: [37, 1024] };
const TRANSFER_ARN: Constraint = { length: [37, 1024] };
const BUCKET: Constraint = { length: [0, 255], pattern: "^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$" };
const ENCRYPTION: Constraint = { enum: ["AES256", "KMS"] };

/** Of what lives by the clock. From the service's API model. */
export const timeConstraints: Constraints = {
  "TimeToLiveSpecification.AttributeName": { length: [1, 255] },
  "CreateBackupInput.BackupName": { length: [3, 255], pattern: "[a-zA-Z0-9_.-]+" },
  "DescribeBackupInput.BackupArn": BACKUP_ARN,
  "DeleteBackupInput.BackupArn": BACKUP_ARN,
  "RestoreTableFromBackupInput.BackupArn": BACKUP_ARN,
  "RestoreTableFromBackupInput.TargetTableName": { length: [3, 255], pattern: "[a-zA-Z0-9_.-]+" },
  "RestoreTableToPointInTimeInput.TargetTableName": { length: [3, 255], pattern: "[a-zA-Z0-9_.-]+" },
  "ListBackupsInput.Limit": { range: [1, 100] },
  "ListBackupsInput.BackupType": { enum: ["USER", "SYSTEM", "AWS_BACKUP", "ALL"] },
  "ListBackupsInput.ExclusiveStartBackupArn": BACKUP_ARN,
  "PointInTimeRecoverySpecification.RecoveryPeriodInDays": { range: [1, 35] },
  "ExportTableToPointInTimeInput.S3Bucket": BUCKET,
  "ExportTableToPointInTimeInput.S3Prefix": { length: [0, 1024] },
  "ExportTableToPointInTimeInput.S3SseAlgorithm": ENCRYPTION,
  "ExportTableToPointInTimeInput.ExportFormat": { enum: ["DYNAMODB_JSON", "ION"] },
  "ExportTableToPointInTimeInput.ExportType": { enum: ["FULL_EXPORT", "INCREMENTAL_EXPORT"] },
  "DescribeExportInput.ExportArn": TRANSFER_ARN,
  "ListExportsInput.MaxResults": { range: [1, 25] },
  "DescribeImportInput.ImportArn": TRANSFER_ARN,
  "ListImportsInput.PageSize": { range: [1, 25] },
  "S3BucketSource.S3Bucket": BUCKET,
  "S3BucketSource.S3KeyPrefix": { length: [0, 1024] },
  "ImportTableInput.InputFormat": { enum: ["DYNAMODB_JSON", "ION", "CSV"] },
  "ImportTableInput.InputCompressionType": { enum: ["GZIP", "ZSTD", "NONE"] },
  "CsvOptions.Delimiter": { length: [1, 1], pattern: "[,;:|\\t ]" },
  "CsvOptions.HeaderList": { length: [1, 255] },
};

/** The operations of what lives by the clock: expiry, backups, recovery, exports, imports, bulk puts. */
export const byTheClock = {
  ...timeToLive,
  ...backups,
  ...recovery,
  ...exportsToS3,
  ...importsFromS3,
  ...bulkOperations,
};

/** Expiring and trimming, and the jobs that are too long for a request. */
export async function workInTime(background: Background): Promise<void> {
  const jobs = workOnJobs(background, {
    backup: takeBackup,
    load,
    export: writeExport,
    import: readImport,
    bulk: runBulk,
    replica: fillReplica,
  });
  await Promise.all([workByTheClock(background), jobs]);
}

/** Whether a backup needs a blob. */
export function holdsBackup(store: Store, blob: string): Promise<boolean> {
  return store.transact((tx) => isBackupBlob(tx, blob));
}
