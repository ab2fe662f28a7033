import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StartingPosition;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/**
 * The AWS SDK for Java v2's asynchronous client as a program that a test drives;
 * tests/client_programs.py has the protocol. It is configured by the environment and by system
 * properties alone, as any program of a user could be.
 *
 * <pre>Client put STREAM | get STREAM | subscribe STREAM CONSUMER</pre>
 */
public final class Client {
  private static final int KEYS = 8;
  private static final int BATCH = 10;
  private static final int POLL_MS = 50;

  private static final KinesisAsyncClient client = KinesisAsyncClient.create();
  private static String stream;

  public static void main(String[] arguments) throws Exception {
    stream = arguments[1];
    if (arguments[0].equals("put")) {
      put();
      System.exit(0);
    }
    // Whatever fails in a reader ends the program, so that the test sees it.
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    });
    if (arguments[0].equals("get")) {
      new Lineage(Client::getShard).start();
    } else {
      String consumer = registerConsumer(arguments[2]);
      new Lineage(shard -> subscribeShard(shard, consumer)).start();
    }
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(0);
  }

  /** Each line of input asks for so many records more: one by PutRecord, the rest by PutRecords. */
  private static void put() throws IOException {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    int total = 0;
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      int end = total + Integer.parseInt(line);
      PutRecordsRequestEntry first = entry(total++);
      client.putRecord(r -> r.streamName(stream).partitionKey(first.partitionKey())
          .data(first.data())).join();
      while (total < end) {
        List<PutRecordsRequestEntry> batch = new ArrayList<>();
        while (total < end && batch.size() < BATCH) {
          batch.add(entry(total++));
        }
        var answer = client.putRecords(r -> r.streamName(stream).records(batch)).join();
        if (answer.failedRecordCount() != 0) {
          throw new IllegalStateException(answer.toString());
        }
      }
      print("{\"put\":" + total + "}");
    }
  }

  private static PutRecordsRequestEntry entry(int number) {
    String key = "k" + number % KEYS;
    return PutRecordsRequestEntry.builder().partitionKey(key)
        .data(SdkBytes.fromUtf8String(key + ":" + number)).build();
  }

  private static synchronized void print(String line) {
    System.out.println(line);
  }

  private static void printRecords(String shard, List<Record> records) {
    for (Record record : records) {
      print(String.format(
          "{\"shard\":\"%s\",\"key\":\"%s\",\"data\":\"%s\",\"sequence\":\"%s\",\"arrival_ms\":%d}",
          shard, record.partitionKey(), record.data().asUtf8String(), record.sequenceNumber(),
          record.approximateArrivalTimestamp().toEpochMilli()));
    }
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MS);
    } catch (InterruptedException error) {
      throw new IllegalStateException(error);
    }
  }

  /** Both ways of reading return a shard's children once it has ended. */
  private static List<ChildShard> getShard(String shard) {
    String iterator = client.getShardIterator(r -> r.streamName(stream).shardId(shard)
        .shardIteratorType(ShardIteratorType.TRIM_HORIZON)).join().shardIterator();
    for (;;) {
      String position = iterator;
      var answer = client.getRecords(r -> r.shardIterator(position)).join();
      printRecords(shard, answer.records());
      iterator = answer.nextShardIterator();
      if (iterator == null) {
        return answer.childShards();
      }
      if (answer.records().isEmpty()) {
        pause();
      }
    }
  }

  private static String registerConsumer(String name) {
    String streamArn = client.describeStreamSummary(r -> r.streamName(stream)).join()
        .streamDescriptionSummary().streamARN();
    String consumer = client.registerStreamConsumer(r -> r.streamARN(streamArn)
        .consumerName(name)).join().consumer().consumerARN();
    while (client.describeStreamConsumer(r -> r.consumerARN(consumer)).join()
        .consumerDescription().consumerStatus() != ConsumerStatus.ACTIVE) {
      pause();
    }
    return consumer;
  }

  private static List<ChildShard> subscribeShard(String shard, String consumer) {
    StartingPosition position =
        StartingPosition.builder().type(ShardIteratorType.TRIM_HORIZON).build();
    for (;;) {
      SubscribeToShardRequest request = SubscribeToShardRequest.builder().consumerARN(consumer)
          .shardId(shard).startingPosition(position).build();
      SubscribeToShardEvent[] last = {null};
      SubscribeToShardResponseHandler handler = SubscribeToShardResponseHandler.builder()
          .onResponse(response -> print("{\"subscribed\":\"" + shard + "\"}"))
          .subscriber(SubscribeToShardResponseHandler.Visitor.builder()
              .onSubscribeToShardEvent(event -> {
                printRecords(shard, event.records());
                last[0] = event;
              }).build())
          .build();
      client.subscribeToShard(request, handler).join();
      if (last[0] != null && last[0].continuationSequenceNumber() == null) {
        return last[0].childShards();
      }
      if (last[0] != null) {
        position = StartingPosition.builder().type(ShardIteratorType.AFTER_SEQUENCE_NUMBER)
            .sequenceNumber(last[0].continuationSequenceNumber()).build();
      }
    }
  }

  /** Reads the shards that have no parents, then each one's children when all their parents ended. */
  private static final class Lineage {
    private final Function<String, List<ChildShard>> readShard;
    private final Set<String> started = new HashSet<>();
    private final Set<String> ended = new HashSet<>();

    Lineage(Function<String, List<ChildShard>> readShard) {
      this.readShard = readShard;
    }

    synchronized void start() {
      for (Shard shard : client.listShards(r -> r.streamName(stream)).join().shards()) {
        if (shard.parentShardId() == null) {
          start(shard.shardId());
        }
      }
    }

    private void start(String shard) {
      if (started.add(shard)) {
        new Thread(() -> follow(shard), shard).start();
      }
    }

    private void follow(String shard) {
      List<ChildShard> children = readShard.apply(shard);
      synchronized (this) {
        ended.add(shard);
        print(String.format("{\"ended\":\"%s\",\"children\":[%s]}", shard, children.stream()
            .map(child -> '"' + child.shardId() + '"').collect(Collectors.joining(","))));
        for (ChildShard child : children) {
          if (ended.containsAll(child.parentShards())) {
            start(child.shardId());
          }
        }
      }
    }
  }
}
