import com.google.common.util.concurrent.ListenableFuture;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;

/**
 * The Kinesis Producer Library as a program that a test drives; tests/client_programs.py has the
 * protocol. Each line of input asks for so many user records more.
 *
 * <pre>Producer STREAM HOST PORT CA_FILE</pre>
 */
public final class Producer {
  private static final int KEYS = 8;

  public static void main(String[] arguments) throws Exception {
    KinesisProducer producer = new KinesisProducer(new KinesisProducerConfiguration()
        .setKinesisEndpoint(arguments[1])
        .setKinesisPort(Long.parseLong(arguments[2]))
        .setCaCertFile(arguments[3])
        .setRegion("us-east-1")
        .setMetricsLevel("none"));
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    int total = 0;
    int attempts = 0;
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      List<ListenableFuture<UserRecordResult>> results = new ArrayList<>();
      for (int end = total + Integer.parseInt(line); total < end; ++total) {
        String key = "k" + total % KEYS;
        results.add(producer.addUserRecord(arguments[0], key,
            ByteBuffer.wrap((key + ":" + total).getBytes(StandardCharsets.UTF_8))));
      }
      producer.flush();
      for (ListenableFuture<UserRecordResult> result : results) {
        attempts += result.get().getAttempts().size();
      }
      System.out.println("{\"put\":" + total + ",\"attempts\":" + attempts + "}");
    }
    producer.destroy();
    System.exit(0);
  }
}
