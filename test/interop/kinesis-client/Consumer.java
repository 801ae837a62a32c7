import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.RetrievalSpecificConfig;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * A worker of the Kinesis Client Library: reads a stream of two shards, of which one is split in between, and
 * expects every record. Leases are in DynamoDB. Arguments: the endpoint, and `polling` or `fan-out`.
 */
public final class Consumer {
  private static final int RECORDS = 200;
  private static final long PATIENCE_MS = 90_000;
  private static final Map<String, Integer> SEEN = new ConcurrentHashMap<>();
  private static final Set<String> ENDED = ConcurrentHashMap.newKeySet();

  private static final class Processor implements ShardRecordProcessor {
    private String shard;

    @Override
    public void initialize(InitializationInput input) {
      shard = input.shardId();
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
      for (KinesisClientRecord record : input.records()) {
        SEEN.merge(StandardCharsets.UTF_8.decode(record.data()).toString(), 1, Integer::sum);
      }
    }

    @Override
    public void leaseLost(LeaseLostInput input) {}

    @Override
    public void shardEnded(ShardEndedInput input) {
      ENDED.add(shard);
      try {
        input.checkpointer().checkpoint();
      } catch (Exception problem) {
        throw new IllegalStateException(problem);
      }
    }

    @Override
    public void shutdownRequested(ShutdownRequestedInput input) {}
  }

  public static void main(String[] arguments) throws Exception {
    URI endpoint = URI.create(arguments[0]);
    String mode = arguments[1];
    String stream = "kcl-" + mode;
    KinesisAsyncClient kinesis =
        KinesisAsyncClient.builder()
            .endpointOverride(endpoint)
            .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP2))
            .build();
    kinesis.createStream(request -> request.streamName(stream).shardCount(2)).get();
    put(kinesis, stream, 0);
    new Thread(scheduler(endpoint, kinesis, stream, mode)).start();
    await(RECORDS / 2);
    String middle = "85070591730234615865843651857942052863";
    kinesis
        .splitShard(
            request ->
                request.streamName(stream).shardToSplit("shardId-000000000000").newStartingHashKey(middle))
        .get();
    put(kinesis, stream, RECORDS / 2);
    await(RECORDS);
    System.out.println(SEEN.size() + " records, ended " + ENDED);
    System.exit(ENDED.equals(Set.of("shardId-000000000000")) ? 0 : 1);
  }

  private static void put(KinesisAsyncClient kinesis, String stream, int from) throws Exception {
    List<PutRecordsRequestEntry> entries = new ArrayList<>();
    for (int at = from; at < from + RECORDS / 2; at++) {
      SdkBytes data = SdkBytes.fromUtf8String("record " + at);
      entries.add(PutRecordsRequestEntry.builder().partitionKey("key " + at).data(data).build());
    }
    if (kinesis.putRecords(request -> request.streamName(stream).records(entries)).get().failedRecordCount() > 0) {
      throw new IllegalStateException("records failed");
    }
  }

  private static Scheduler scheduler(URI endpoint, KinesisAsyncClient kinesis, String stream, String mode) {
    InitialPositionInStreamExtended beginning =
        InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);
    ConfigsBuilder configs =
        new ConfigsBuilder(
            new SingleStreamTracker(stream, beginning),
            "application-" + mode,
            kinesis,
            DynamoDbAsyncClient.builder().endpointOverride(endpoint).build(),
            CloudWatchAsyncClient.builder().endpointOverride(endpoint).build(),
            UUID.randomUUID().toString(),
            Processor::new);
    RetrievalSpecificConfig retrieval =
        mode.equals("fan-out")
            ? new FanOutConfig(kinesis).streamName(stream).applicationName("application-" + mode)
            : new PollingConfig(stream, kinesis);
    return new Scheduler(
        configs.checkpointConfig(),
        configs.coordinatorConfig(),
        configs.leaseManagementConfig().shardSyncIntervalMillis(2000L).leaseAssignmentIntervalMillis(2000L),
        configs.lifecycleConfig(),
        configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
        configs.processorConfig(),
        configs.retrievalConfig().retrievalSpecificConfig(retrieval));
  }

  private static void await(int records) throws InterruptedException {
    long untilMs = System.currentTimeMillis() + PATIENCE_MS;
    while (SEEN.size() < records) {
      if (System.currentTimeMillis() > untilMs) {
        System.out.println("only " + SEEN.size() + " of " + records + " records came");
        System.exit(1);
      }
      Thread.sleep(100);
    }
  }
}
