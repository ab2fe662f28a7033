import java.nio.charset.StandardCharsets;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.exceptions.InvalidStateException;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * A worker of the Kinesis Client Library as a program that a test drives; tests/client_programs.py
 * has the protocol. Leases are in the DynamoDB that AWS_ENDPOINT_URL_DYNAMODB names. Only intervals
 * are shorter than the library's defaults.
 *
 * <pre>Worker polling|fanout STREAM APPLICATION WORKER</pre>
 */
public final class Worker {
  public static void main(String[] arguments) throws Exception {
    String stream = arguments[1];
    KinesisAsyncClient kinesis =
        KinesisClientUtil.createKinesisAsyncClient(KinesisAsyncClient.builder());
    ConfigsBuilder configs = new ConfigsBuilder(
        new SingleStreamTracker(stream, InitialPositionInStreamExtended.newInitialPosition(
            InitialPositionInStream.TRIM_HORIZON)),
        arguments[2], kinesis, DynamoDbAsyncClient.create(), CloudWatchAsyncClient.create(),
        arguments[3], Printer::new);
    var retrieval = configs.retrievalConfig();
    if (arguments[0].equals("polling")) {
      retrieval.retrievalSpecificConfig(
          new PollingConfig(stream, kinesis).idleTimeBetweenReadsInMillis(200));
    }
    Scheduler scheduler = new Scheduler(
        configs.checkpointConfig(),
        configs.coordinatorConfig().parentShardPollIntervalMillis(1000),
        configs.leaseManagementConfig().failoverTimeMillis(3000).shardSyncIntervalMillis(2000),
        configs.lifecycleConfig(),
        configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
        configs.processorConfig(),
        retrieval);
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    });
    new Thread(scheduler, "scheduler").start();
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(0);
  }

  /** Prints what it is told, and checkpoints after each batch. */
  private static final class Printer implements ShardRecordProcessor {
    private String shard;

    private void print(String line) {
      synchronized (System.out) {
        System.out.println(line);
      }
    }

    private void checkpoint(RecordProcessorCheckpointer checkpointer) {
      try {
        checkpointer.checkpoint();
      } catch (ShutdownException lost) {
        // Another worker has the lease by now: it reads these records again.
      } catch (InvalidStateException error) {
        throw new IllegalStateException(error);
      }
    }

    @Override
    public void initialize(InitializationInput input) {
      shard = input.shardId();
      print("{\"started\":\"" + shard + "\"}");
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
      for (KinesisClientRecord record : input.records()) {
        print(String.format(
            "{\"shard\":\"%s\",\"key\":\"%s\",\"data\":\"%s\",\"sequence\":\"%s\",\"sub\":%d,"
                + "\"aggregated\":%s,\"arrival_ms\":%d}",
            shard, record.partitionKey(), StandardCharsets.UTF_8.decode(record.data()),
            record.sequenceNumber(), record.subSequenceNumber(), record.aggregated(),
            record.approximateArrivalTimestamp().toEpochMilli()));
      }
      checkpoint(input.checkpointer());
    }

    @Override
    public void leaseLost(LeaseLostInput input) {
      print("{\"lost\":\"" + shard + "\"}");
    }

    @Override
    public void shardEnded(ShardEndedInput input) {
      print("{\"ended\":\"" + shard + "\"}");
      checkpoint(input.checkpointer());
    }

    @Override
    public void shutdownRequested(ShutdownRequestedInput input) {
      checkpoint(input.checkpointer());
    }
  }
}
