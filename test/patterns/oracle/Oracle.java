import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.MachineComplexityEvaluator;

/** Reads lines of ["pattern", "event", ...]; answers each with ["message"] or [true, false, ...]. */
public class Oracle {
  /** EventBridge refuses rules whose wildcards are so complex. */
  private static final int LIMIT = 10;
  private static final String TOO_COMPLEX =
      "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a"
          + " wildcard character";

  public static void main(String[] arguments) throws Exception {
    ObjectMapper json = new ObjectMapper();
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(json.writeValueAsString(answer(json.readTree(line))));
    }
  }

  private static Object[] answer(JsonNode question) {
    String pattern = question.get(0).asText();
    try {
      String message = JsonRuleCompiler.check(pattern);
      if (message != null) return new Object[] {message};
      Machine machine = new Machine();
      machine.addRule("pattern", pattern);
      if (machine.evaluateComplexity(new MachineComplexityEvaluator(LIMIT)) >= LIMIT) {
        return new Object[] {TOO_COMPLEX};
      }
      Object[] answers = new Object[question.size() - 1];
      for (int index = 0; index < answers.length; index++) {
        answers[index] = !machine.rulesForJSONEvent(question.get(index + 1).asText()).isEmpty();
      }
      return answers;
    } catch (Throwable problem) {
      return new Object[] {"THROWN " + problem};
    }
  }
}
