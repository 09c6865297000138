/** MariaDB Connector/J: prepared by the server, cursors by fetch size, batches in bulk. */

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.BatchUpdateException;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.mariadb.jdbc.MariaDbPoolDataSource;

public class Jdbc {
  static class Unsupported extends RuntimeException {
    Unsupported(String what) {
      super(what);
    }
  }


  static final Gson GSON = new Gson();
  static JsonObject job;
  static BufferedReader input;
  static Connection connection;

  public static void main(String[] arguments) throws Exception {
    input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    job = JsonParser.parseString(input.readLine()).getAsJsonObject();
    for (JsonElement scenario : job.getAsJsonArray("scenarios")) tell(play(scenario.getAsJsonObject()));
    System.exit(0);
  }

  static void tell(Map<String, Object> line) {
    byte[] bytes = (GSON.toJson(line) + "\n").getBytes(StandardCharsets.UTF_8);
    System.out.write(bytes, 0, bytes.length);
    System.out.flush();
  }

  static Map<String, Object> play(JsonObject scenario) {
    List<Object> outcomes = new ArrayList<>();
    JsonObject first = scenario.has("login") ? scenario.getAsJsonObject("login").deepCopy() : new JsonObject();
    first.addProperty("do", "connect");
    List<JsonObject> steps = new ArrayList<>(List.of(first));
    for (JsonElement step : scenario.getAsJsonArray("steps")) steps.add(step.getAsJsonObject());
    try {
      for (JsonObject step : steps) outcomes.add(attempt(step));
      return told(scenario, "outcomes", outcomes);
    } catch (Unsupported reason) {
      return told(scenario, "unsupported", reason.getMessage());
    } finally {
      try {
        hangUp();
      } catch (Exception ignored) {
        // The scenario was about a connection that is lost.
      }
    }
  }

  static Map<String, Object> told(JsonObject scenario, String what, Object value) {
    return ordered("scenario", scenario.get("name").getAsString(), what, value);
  }

  static Map<String, Object> ordered(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) map.put((String) pairs[i], pairs[i + 1]);
    return map;
  }

  static Object attempt(JsonObject step) {
    try {
      Object outcome = take(step);
      return outcome == null ? "done" : outcome;
    } catch (Unsupported reason) {
      throw reason;
    } catch (BatchUpdateException error) {
      return ordered("error", describe(error), "counts", Arrays.toString(error.getUpdateCounts()));
    } catch (SQLException error) {
      return ordered("error", describe(error));
    } catch (Exception error) {
      return ordered("error", ordered("type", error.getClass().getName(), "message", String.valueOf(error.getMessage())));
    }
  }

  static Map<String, Object> describe(SQLException error) {
    String message = String.valueOf(error.getMessage()).replaceAll("\\(conn=-?\\d+\\)", "(conn)").replaceAll("port=\\d+", "port=N");
    Integer errno = error.getErrorCode() == 0 || error.getErrorCode() == -1 ? null : error.getErrorCode();
    return ordered("errno", errno, "state", error.getSQLState(), "type", error.getClass().getSimpleName(), "message", message);
  }

  static void hangUp() throws SQLException {
    Connection old = connection;
    connection = null;
    if (old != null) old.close();
  }

  static Object take(JsonObject step) throws Exception {
    String what = step.get("do").getAsString();
    switch (what) {
      case "connect":
        hangUp();
        connection = connect(step);
        return null;
      case "close":
        hangUp();
        return null;
      case "ask":
        tell(ordered("ask", text(step, "act"), "id", connection == null ? 0 : threadId()));
        input.readLine();
        return null;
      case "query":
        return query(padded(step));
      case "execute":
        return execute(step);
      case "batch":
        return batch(step);
      case "cursor":
        return read(text(step, "sql"), step.get("fetch").getAsInt(), step.get("take").getAsInt());
      case "stream":
        return read(text(step, "sql"), 1, step.get("take").getAsInt());
      case "call":
        return call(step);
      case "infile":
        return query("LOAD DATA LOCAL INFILE '" + job.getAsJsonObject("files").get(text(step, "file")).getAsString() + "' INTO TABLE " + text(step, "table"));
      case "useSchema":
        connection.setCatalog(text(step, "database"));
        return connection.getCatalog();
      case "begin":
        connection.setAutoCommit(false);
        return null;
      case "commit":
        connection.commit();
        connection.setAutoCommit(true);
        return null;
      case "rollback":
        connection.rollback();
        connection.setAutoCommit(true);
        return null;
      case "autocommit":
        connection.setAutoCommit(step.get("on").getAsBoolean());
        return null;
      case "ping":
        return connection.isValid(5);
      case "info":
        return info();
      case "pool":
        return pool(step);
      case "storm":
        return storm(step);
      default:
        throw new Unsupported(what);
    }
  }

  static String text(JsonObject step, String name) {
    return step.get(name).getAsString();
  }

  static long threadId() throws SQLException {
    return connection.unwrap(org.mariadb.jdbc.MariaDbConnection.class).getServerThreadId();
  }

  static String padded(JsonObject step) {
    return step.has("pad") ? text(step, "sql").replace("{pad}", "a".repeat(step.get("pad").getAsInt())) : text(step, "sql");
  }

  static JsonObject login(JsonObject options) {
    JsonObject login = job.getAsJsonObject("accounts").getAsJsonObject(options.has("account") ? text(options, "account") : "main").deepCopy();
    login.add("database", job.get("database"));
    for (String name : options.keySet()) login.add(name, options.get(name));
    return login;
  }

  static String url(JsonObject login, String more) {
    String tls = job.get("tls").getAsBoolean() ? "useSsl=true&trustServerCertificate=true" : "allowPublicKeyRetrieval=true";
    return "jdbc:mariadb://" + text(job, "host") + ":" + login.get("port").getAsInt() + "/" + text(login, "database") + "?" + tls + more;
  }

  static Connection connect(JsonObject options) throws SQLException {
    JsonObject login = login(options);
    if (login.has("charset")) throw new Unsupported("charset");
    if (login.has("compress") && text(login, "compress").equals("zstd")) throw new Unsupported("zstd");
    Properties settings = new Properties();
    settings.put("user", text(login, "user"));
    settings.put("password", text(login, "password"));
    settings.put("useServerPrepStmts", "true");
    settings.put("useAffectedRows", String.valueOf(!login.has("foundRows")));
    settings.put("allowMultiQueries", String.valueOf(login.has("multiStatements")));
    settings.put("allowLocalInfile", String.valueOf(login.has("localInfile") && login.get("localInfile").getAsBoolean()));
    if (login.has("compress")) settings.put("useCompression", "true");
    if (login.has("initStatement")) throw new Unsupported("a statement at connect");
    if (login.has("timeoutReadMs")) settings.put("socketTimeout", String.valueOf(login.get("timeoutReadMs").getAsInt()));
    if (login.has("attributes")) {
      List<String> pairs = new ArrayList<>();
      for (Map.Entry<String, JsonElement> pair : login.getAsJsonObject("attributes").entrySet()) pairs.add(pair.getKey() + ":" + pair.getValue().getAsString());
      settings.put("connectionAttributes", String.join(",", pairs));
    }
    return DriverManager.getConnection(url(login, ""), settings);
  }

  static Object query(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean isRows = statement.execute(sql, Statement.RETURN_GENERATED_KEYS);
      return results(statement, isRows);
    }
  }

  static List<Object> results(Statement statement, boolean isRows) throws SQLException {
    List<Object> told = new ArrayList<>();
    while (true) {
      if (isRows) {
        told.add(rows(statement.getResultSet(), Integer.MAX_VALUE));
      } else {
        long count = statement.getLargeUpdateCount();
        if (count == -1) return told;
        told.add(ordered("affected", count, "keys", keys(statement), "warnings", warnings(statement)));
      }
      isRows = statement.getMoreResults();
    }
  }

  static Object keys(Statement statement) {
    try (ResultSet keys = statement.getGeneratedKeys()) {
      return keys == null ? "none" : rows(keys, Integer.MAX_VALUE);
    } catch (SQLException error) {
      return error.getMessage();
    }
  }

  static List<String> warnings(Statement statement) throws SQLException {
    List<String> told = new ArrayList<>();
    for (SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) told.add(warning.getErrorCode() + " " + warning.getMessage());
    return told;
  }

  static Map<String, Object> rows(ResultSet result, int take) throws SQLException {
    ResultSetMetaData meta = result.getMetaData();
    List<String> columns = new ArrayList<>();
    for (int i = 1; i <= meta.getColumnCount(); i++) {
      columns.add(String.join(" ", meta.getCatalogName(i), meta.getTableName(i), meta.getColumnName(i), meta.getColumnLabel(i), meta.getColumnTypeName(i), meta.getColumnClassName(i),
          meta.getPrecision(i) + "," + meta.getScale(i) + "," + meta.getColumnDisplaySize(i) + "," + meta.isNullable(i) + "," + meta.isSigned(i) + "," + meta.isAutoIncrement(i)));
    }
    List<List<String>> shown = new ArrayList<>();
    while (shown.size() < take && result.next()) {
      List<String> row = new ArrayList<>();
      for (int i = 1; i <= meta.getColumnCount(); i++) row.add(show(result, i));
      shown.add(row);
    }
    String all = GSON.toJson(shown);
    return ordered("columns", columns, "rows", all.length() <= 3000 ? shown : shown.size() + " rows, md5 " + md5(all));
  }

  static String show(ResultSet result, int column) throws SQLException {
    try {
      Object value = result.getObject(column);
      if (value == null) return "null";
      if (value instanceof byte[]) return "bytes " + shortened(HexFormat.of().formatHex((byte[]) value));
      if (value instanceof java.sql.Blob) return "blob " + shortened(HexFormat.of().formatHex(((java.sql.Blob) value).getBytes(1, (int) ((java.sql.Blob) value).length())));
      return value.getClass().getSimpleName() + " " + shortened(String.valueOf(value)) + " / " + shortened(String.valueOf(result.getString(column)));
    } catch (SQLException | RuntimeException error) {
      return "unreadable: " + String.valueOf(error.getMessage()).replaceAll("\\(conn=-?\\d+\\)", "(conn)");
    }
  }

  static String shortened(String text) {
    return text.length() <= 300 ? text : text.length() + " long, md5 " + md5(text);
  }

  static String md5(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (java.security.NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  static Object execute(JsonObject step) throws SQLException {
    List<Object> told = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(text(step, "sql"))) {
      for (JsonElement row : step.getAsJsonArray("rows")) {
        bind(statement, row.getAsJsonArray());
        told.add(results(statement, statement.execute()));
      }
    }
    return told;
  }

  static void bind(PreparedStatement statement, JsonArray row) throws SQLException {
    for (int i = 0; i < row.size(); i++) statement.setObject(i + 1, decode(row.get(i)));
  }

  static Object decode(JsonElement value) {
    if (value.isJsonNull()) return null;
    if (value.isJsonObject()) {
      JsonObject object = value.getAsJsonObject();
      if (object.has("bytes")) return HexFormat.of().parseHex(text(object, "bytes"));
      return object.has("big") ? new BigInteger(text(object, "big")) : text(object, "repeat").repeat(object.get("times").getAsInt());
    }
    if (value.getAsJsonPrimitive().isString()) return value.getAsString();
    double number = value.getAsDouble();
    if (number == Math.rint(number) && Math.abs(number) < 1e15) return value.getAsLong();
    return number;
  }

  static Object batch(JsonObject step) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text(step, "sql"), Statement.RETURN_GENERATED_KEYS)) {
      for (JsonElement row : step.getAsJsonArray("rows")) {
        bind(statement, row.getAsJsonArray());
        statement.addBatch();
      }
      return ordered("counts", Arrays.toString(statement.executeBatch()), "keys", keys(statement));
    }
  }

  static Object read(String sql, int fetch, int take) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql, ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
      statement.setFetchSize(fetch);
      try (ResultSet result = statement.executeQuery()) {
        return rows(result, take);
      }
    }
  }

  static Object call(JsonObject step) throws SQLException {
    JsonArray values = step.getAsJsonArray("values");
    int outs = step.get("outs").getAsInt();
    String marks = String.join(", ", java.util.Collections.nCopies(values.size(), "?"));
    try (CallableStatement statement = connection.prepareCall("{call " + text(step, "procedure") + "(" + marks + ")}")) {
      bind(statement, values);
      for (int i = values.size() - outs; i < values.size(); i++) statement.registerOutParameter(i + 1, Types.VARCHAR);
      List<Object> told = results(statement, statement.execute());
      for (int i = values.size() - outs; i < values.size(); i++) told.add(statement.getString(i + 1));
      return told;
    }
  }

  static Object info() throws SQLException {
    DatabaseMetaData meta = connection.getMetaData();
    return ordered("product", meta.getDatabaseProductName(), "version", meta.getDatabaseProductVersion(), "isolation", connection.getTransactionIsolation(), "catalog", connection.getCatalog(), "readOnly", connection.isReadOnly());
  }

  static Object pool(JsonObject step) throws SQLException {
    JsonObject login = login(new JsonObject());
    List<Object> told = new ArrayList<>();
    String settings = "&maxPoolSize=" + step.get("size").getAsInt() + "&useResetConnection=true&poolName=drivers";
    try (MariaDbPoolDataSource pool = new MariaDbPoolDataSource(url(login, settings))) {
      pool.setUser(text(login, "user"));
      pool.setPassword(text(login, "password"));
      for (int i = 0; i < step.get("rounds").getAsInt(); i++) {
        try (Connection borrowed = pool.getConnection(); Statement statement = borrowed.createStatement()) {
          told.add(rows(statement.executeQuery(text(step, "sql")), Integer.MAX_VALUE));
        }
      }
    }
    return told;
  }

  static Object storm(JsonObject step) throws SQLException {
    List<Object> told = new ArrayList<>();
    for (int i = 0; i < step.get("count").getAsInt(); i++) {
      try (Connection one = connect(new JsonObject()); Statement statement = one.createStatement()) {
        told.add(rows(statement.executeQuery(text(step, "sql")), Integer.MAX_VALUE));
      }
    }
    return told;
  }
}
