# Ruby's mysql2, over MariaDB's C library.
require "digest"
require "json"
require "mysql2"

class Unsupported < StandardError; end

STDOUT.sync = true
JOB = JSON.parse(STDIN.gets)

def tell(line)
  puts JSON.generate(line)
end

def show(value)
  text = value.is_a?(String) ? value : value.is_a?(Time) ? value.strftime("%F %T.%N %z") : value.is_a?(BigDecimal) ? value.to_s : value.inspect
  encoding = value.is_a?(String) ? " #{value.encoding}" : ""
  text = text.b
  text = text.bytesize > 300 ? "#{text.bytesize} long, md5 #{Digest::MD5.hexdigest(text)}" : text.unpack1("H*").scan(/../).map { |h| h.hex.between?(32, 126) ? h.hex.chr : "\\x#{h}" }.join
  "#{value.class}#{encoding} #{text}"
end

def show_rows(rows)
  shown = rows.map { |row| row.map { |value| show(value) } }
  text = JSON.generate(shown)
  text.length <= 3000 ? shown : "#{rows.length} rows, md5 #{Digest::MD5.hexdigest(text)}"
end

def decode(value)
  return value unless value.is_a?(Hash)
  return [value["bytes"]].pack("H*") if value["bytes"]
  value["big"] ? value["big"].to_i : value["repeat"] * value["times"]
end

def login(options)
  { "host" => JOB["host"], "database" => JOB["database"] }.merge(JOB["accounts"][options["account"] || "main"]).merge(options)
end

def connect(options)
  given = login(options)
  raise Unsupported, "zstd" if given["compress"] == "zstd"
  flags = given["foundRows"] ? Mysql2::Client::FOUND_ROWS : 0
  flags |= Mysql2::Client::MULTI_STATEMENTS if given["multiStatements"]
  flags |= Mysql2::Client::COMPRESS if given["compress"]
  settings = { host: given["host"], port: given["port"], username: given["user"], password: given["password"], database: given["database"] }
  settings.merge!(flags: flags | Mysql2::Client::REMEMBER_OPTIONS | Mysql2::Client::LONG_PASSWORD | Mysql2::Client::LONG_FLAG | Mysql2::Client::TRANSACTIONS | Mysql2::Client::PROTOCOL_41 | Mysql2::Client::SECURE_CONNECTION)
  settings[:local_infile] = given["localInfile"] ? true : false
  settings[:encoding] = given["charset"] if given["charset"]
  settings[:init_command] = given["initStatement"] if given["initStatement"]
  settings[:read_timeout] = given["timeoutReadMs"] / 1000 if given["timeoutReadMs"]
  settings[:connect_attrs] = given["attributes"] if given["attributes"]
  settings.merge!(ssl_mode: :required, sslverify: false) if JOB["tls"]
  Mysql2::Client.new(settings.merge(as: :array, cast_booleans: true))
end

def result(client, result)
  return { affected: client.affected_rows, id: client.last_id, info: client.query_info_string.to_s, warnings: client.warning_count } if result.nil?
  { columns: result.fields, types: result.respond_to?(:field_types) ? result.field_types : nil, rows: show_rows(result.to_a), warnings: client.warning_count }
end

def query(client, sql)
  told = [result(client, client.query(sql))]
  told << result(client, client.store_result) while client.next_result
  told
end

def infile(file, table)
  "LOAD DATA LOCAL INFILE '#{JOB["files"][file]}' INTO TABLE #{table}"
end

STEPS = {
  "query" => ->(client, step) { query(client, step["sql"]) },
  "execute" => lambda do |client, step|
    statement = client.prepare(step["sql"])
    begin
      step["rows"].map do |row|
        answer = statement.execute(*row, as: :array)
        answer.nil? ? { affected: statement.affected_rows, id: statement.last_id } : { columns: answer.fields, rows: show_rows(answer.to_a) }
      end
    ensure
      statement.close
    end
  end,
  "cursor" => ->(_, _) { raise Unsupported, "cursors" },
  "stream" => lambda do |client, step|
    rows = []
    client.query(step["sql"], stream: true, cache_rows: false).each { |row| rows << row if rows.length < step["take"] }
    show_rows(rows)
  end,
  "infile" => ->(client, step) { query(client, infile(step["file"], step["table"])) },
  "useSchema" => ->(client, step) { client.select_db(step["database"]) },
  "begin" => ->(client, _) { query(client, "BEGIN") },
  "commit" => ->(client, _) { query(client, "COMMIT") },
  "rollback" => ->(client, _) { query(client, "ROLLBACK") },
  "ping" => ->(client, _) { client.ping },
  "autocommit" => ->(client, step) { query(client, "SET autocommit = #{step["on"] ? 1 : 0}") },
  "info" => ->(client, _) { { server: client.server_info, encoding: client.encoding.to_s, ssl: !client.ssl_cipher.nil? } },
  "storm" => lambda do |_, step|
    Array.new(step["count"]) do
      client = connect({})
      told = query(client, step["sql"])
      client.close
      told
    end
  end,
}.freeze

def take(state, step)
  case step["do"]
  when "connect", "close"
    client = state.delete(:client)
    client&.close
    state[:client] = connect(step.reject { |key, _| %w[do expect].include?(key) }) if step["do"] == "connect"
    "done"
  when "ask"
    tell({ ask: step["act"], id: state[:client].nil? ? 0 : state[:client].thread_id })
    STDIN.gets
    "done"
  else
    run = STEPS[step["do"]] or raise Unsupported, step["do"]
    step = step.dup
    step["sql"] = step["sql"].sub("{pad}", "a" * step["pad"]) if step["pad"]
    step["rows"] = step["rows"].map { |row| row.map { |value| decode(value) } } if step["rows"]
    run.call(state[:client], step)
  end
end

def describe(error)
  return { errno: error.errno, state: error.sql_state, message: error.message.b.scrub("?") } if error.is_a?(Mysql2::Error)
  { errno: nil, type: error.class.name, message: error.message.b.scrub("?")[0, 300] }
end

JOB["scenarios"].each do |scenario|
  state = {}
  begin
    steps = [{ "do" => "connect" }.merge(scenario["login"] || {})] + scenario["steps"]
    outcomes = steps.map do |step|
      take(state, step)
    rescue Unsupported
      raise
    rescue StandardError => error
      { error: describe(error) }
    end
    told = { scenario: scenario["name"], outcomes: outcomes }
  rescue Unsupported => reason
    told = { scenario: scenario["name"], unsupported: reason.message }
  end
  state[:client]&.close
  tell(told)
end
