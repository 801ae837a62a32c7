/** What the services tell of their sources without being polled. */
export interface Watches {
  readonly sqs: {
    /**
     * Watches from the moment this resolves; `news` resolves when there may be more to receive other than
     * by the passing of time. Throws the service's fault for a queue that is gone.
     */
    watch(arn: string, signal: AbortSignal): Promise<Sight>;
    /** When the first of the messages that were hidden at a time shows itself. */
    nextMs(arn: string, afterMs: number): Promise<number | undefined>;
  };
  readonly dynamodb: ShardWatch & {
    /** The sequence number of a shard's last record that came before a time: its iterators know no times. */
    lastBefore(arn: string, shardId: string, timeMs: number): Promise<string | undefined>;
  };
  readonly kinesis: ShardWatch;
}

export interface ShardWatch {
  /** Throws the service's fault for a shard or a stream that is gone. */
  watch(arn: string, shardId: string, signal: AbortSignal): Promise<Sight>;
}

export interface Sight {
  readonly news: Promise<unknown>;
  /** When there is news by the passing of time. */
  readonly nextMs?: number | undefined;
}
