/*
 * The statements of MySQL 9 and MariaDB 10.11, in yacc notation, written from their reference manuals and by asking
 * running servers. `make generate` turns it into grammar.ts.
 *
 * A terminal in capitals is a word; mysql.words says which words there are, what each server takes them for, and which
 * of them share a terminal. A word that is not reserved may stand wherever IDENT stands; nothing has to be said for that.
 *
 * Braces hold a label: the name of the node that the rule leaves for facts, `mysql` or `mariadb` for a rule that only
 * this server has, or both. A rule without a label leaves no node.
 */

/* What the lexer makes of everything that is not a word. */
%token IDENT STRING NATIONAL_STRING INTEGER DECIMAL_NUMBER FLOAT_NUMBER HEX_NUMBER BIT_NUMBER CHARSET_MARK
%token DOLLAR_STRING PARAMETER USER_VARIABLE AT_SIGN "@" AT_AT "@@" INVALID
%token PAREN_OPEN "(" PAREN_CLOSE ")" COMMA "," DOT "." DOT_DOT ".." SEMICOLON ";" COLON ":" BRACE_OPEN "{" BRACE_CLOSE "}"
%token ASSIGN ":=" EQUALS "=" NULL_SAFE_EQUALS "<=>" NOT_EQUALS "<>" LESS_THAN "<" AT_MOST "<=" GREATER ">" AT_LEAST ">="
%token SHIFT_LEFT "<<" SHIFT_RIGHT ">>" AND_AND "&&" OR_OR "||" CONCAT_PIPES ARROW "->" ARROW_UNQUOTE "->>"
%token PLUS "+" MINUS_SIGN "-" ASTERISK "*" SLASH "/" PERCENT "%" BAR "|" AMPERSAND "&" CARET "^" TILDE "~" BANG "!"
/* NOT under sql_mode HIGH_NOT_PRECEDENCE; two words that the lexer joins because the first alone decides nothing. */
%token NOT_HIGH WITH_ROLLUP WITH_SYSTEM FOR_SYSTEM_TIME
/* Words without a meaning in this grammar: WORD may be a name, RESERVED may not. */
%token WORD RESERVED

/* Words. */
%token ABSENT ACCOUNT ACTION ACTIVE ADD ADMIN AFTER AGAINST AGGREGATE AGGREGATE_DISTINCT AGGREGATE_WORD ALGORITHM ALL
%token ALTER ALWAYS ANALYZE AND ANY ARRAY AS ASC ASCII AT ATOMIC ATTRIBUTE AUTHENTICATION AUTHORS AUTO AUTO_INCREMENT
%token AVG BACKUP BEFORE BEGIN BERNOULLI BETWEEN BIGINT BINARY BINLOG BIT BLOB BLOCK BODY BOOL BOOLEAN BOTH BTREE
%token BUCKETS BULK BY BYTE CACHE CALL CASCADE CASCADED CASE CAST CATALOG_NAME CHAIN CHALLENGE_RESPONSE CHANGE
%token CHANGED CHANNEL CHAR CHARSET CHECK CHECKPOINT CHECKSUM CIPHER CLIENT CLOCK CLOCK_CALL CLONE CLOSE COALESCE
%token CODE COLLATE COLLATION COLUMN COLUMNS COLUMN_ADD COLUMN_CHECK COLUMN_CREATE COLUMN_DELETE COLUMN_FORMAT
%token COLUMN_GET COLUMN_NAME COMMENT COMMIT COMMITTED COMPLETION COMPONENT COMPOUND_UNIT COMPRESSED CONCURRENT
%token CONDITION CONNECTION CONSISTENT CONSTRAINT CONTAINS CONTEXT CONTINUE CONTRIBUTORS CONVERT COUNT CPU CREATE
%token CROSS CUBE CURRENT CURRENT_ROLE CURRENT_TIMESTAMP CURRENT_USER CURSOR CYCLE DATA DATABASE DATABASES DATAFILE
%token DATE DATETIME DATE_ARITHMETIC DEALLOCATE DECIMAL DECLARE DEFAULT DEFINER DEFINITION DELAYED DELETE
%token DELETE_DOMAIN_ID DESC DESCRIBE DESCRIPTION DES_KEY_FILE DETERMINISTIC DIAGNOSTICS DIRECTORY DISABLE DISCARD
%token DISTINCT DIV DO DOUBLE DROP DUAL DUALITY DUMPFILE DUPLICATE EACH EDGE_VALUE ELSE ELSEIF EMPTY ENABLE ENCLOSED
%token ENCRYPTION END ENDS ENFORCED ENGINE ENGINES ENGINE_ATTRIBUTE ENUM ERROR ERRORS ESCAPE ESCAPED EVENT EVENTS
%token EVERY EXAMINED EXCEPT EXCHANGE EXCLUDE EXECUTE EXISTS EXIT EXPANSION EXPIRE EXPLAIN EXPORT EXTENDED EXTRACT
%token FACTOR FAILED_LOGIN_ATTEMPTS FALSE FAST FAULTS FEDERATED FETCH FILE FILTER FINISH FIRST FIXED FLOAT FLUSH
%token FOLLOWING FOLLOWS FOR FORCE FOREIGN FORMAT FOUND FROM FULL FULLTEXT FUNCTION GENERAL GENERATED GEOMETRY
%token GEOMETRY_COLLECTION GET GET_FORMAT GLOBAL GRANT GRANTS GROUP GROUPING GROUPS GROUP_CONCAT GROUP_REPLICATION
%token GTIDS HANDLER HARD HASH HAVING HELP HIGH_PRIORITY HISTOGRAM HISTORY HOSTS ID IDENTIFIED IF IGNORE IGNORED
%token IMMEDIATE IMPORT IN INACTIVE INCREMENT INDEX INDEXES INFILE INITIAL INITIATE INNER INOUT INSERT INSTALL
%token INSTANCE INT INTERSECT INTERVAL INTO INVISIBLE INVOKER IO IO_THREAD IPC IS ISOLATION ISSUER ITERATE JOIN JSON
%token JSON_ARRAYAGG JSON_DUALITY_OBJECT JSON_OBJECTAGG JSON_TABLE JSON_VALUE KEY KEYRING KEYS KEY_BLOCK_SIZE KILL
%token LANGUAGE LAST LASTVAL LATERAL LEADING LEAD_LAG LEAVE LEAVES LEFT LESS LEVEL LIBRARY LIKE LIMIT LINEAR LINES
%token LIST LOAD LOCAL LOCK LOCKED LOG LOGFILE LOGIN_OPTION LOGS LONG LONGBLOB LONGTEXT LOOP LOW_PRIORITY MANUAL
%token MASKING MASTER MATCH MAXVALUE MEDIAN MEDIUM MEDIUMBLOB MEDIUMINT MEDIUMTEXT MEMBER MEMORY MIGRATE MINVALUE MOD
%token MODE MODIFIES MODIFY MONITOR MUTEX MYSQL NAME NAMES NATIONAL NATURAL NCHAR NESTED NETWORK_NAMESPACE NEVER NEXT
%token NEXTVAL NO NOCACHE NOCYCLE NODEGROUP NOMAXVALUE NOMINVALUE NONE NOT NOW NOWAIT NO_WAIT NO_WRITE_TO_BINLOG
%token NTH_VALUE NTILE NULL NULLS NUMBER NVARCHAR OF OFFSET OFFSET_CLAUSE OLD OLD_PASSWORD ON ONE ONLINE ONLY OPEN
%token OPTIMIZE OPTIMIZER_COSTS OPTION OPTIONAL OPTIONALLY OPTIONS OR ORDER ORDINALITY ORGANIZATION OTHERS OUT OUTER
%token OUTFILE OVER OVERLAPS PACKAGE PAGE PAGE_CHECKSUM PARALLEL PARSER PARTITION PARTITIONING PARTITIONS PASSWORD
%token PASSWORD_LOCK_TIME PATH PERCENTILE PERIOD PERSIST PERSISTENT PERSIST_ONLY PHASE PLUGIN PLUGINS POINT POLICY
%token PORTION POSITION PRECEDES PRECEDING PRECISION PREPARE PRESERVE PREV PREVIOUS PRIMARY PRIVILEGES PROCEDURE
%token PROCESS PROCESSLIST PROFILE PROFILES PROXY PURGE QUALIFY QUERY QUICK RANDOM RANGE RANKING READ READS READ_ONLY
%token REAL REBUILD RECOVER RECURSIVE REDOFILE REFERENCE REFERENCES REF_SYSTEM_ID REGEXP REGISTRATION RELATIONAL
%token RELAY RELAYLOG RELAY_THREAD RELEASE RELOAD REMOVE RENAME REORGANIZE REPAIR REPEAT REPEATABLE REPLACE REPLAY
%token REPLICA REPLICAS REPLICATION REPLICATION_FILTER REQUIRE RESET RESIGNAL RESOURCE RESOURCE_LIMIT RESPECT RESTART
%token RESTRICT RESUME RETAIN RETURN RETURNED_SQLSTATE RETURNING RETURNS REUSE REVERSE REVOKE RIGHT ROLE ROLLBACK
%token ROLLUP ROTATE ROUTINE ROW ROWNUM ROWS ROW_COUNT RTREE S3 SAVEPOINT SCHEDULE SECONDARY SECONDARY_ENGINE
%token SECONDARY_ENGINE_ATTRIBUTE SECONDARY_LOAD SECONDARY_UNLOAD SECURITY SELECT SEPARATOR SEQUENCE SERIAL
%token SERIALIZABLE SERVER SESSION SET SETS SETVAL SHARE SHOW SHUTDOWN SIGNAL SIGNAL_ITEM SIGNED SIZE_OPTION SKIP
%token SLAVE SLAVES SLOW SMALLINT SNAPSHOT SOFT SONAME SOUNDS SOURCE SOURCE_NUMBER_OPTION SOURCE_OPTION
%token SOURCE_TEXT_OPTION SPATIAL SPATIAL_CALL SQL SQLEXCEPTION SQLSTATE SQLWARNING SQL_AFTER_MTS_GAPS SQL_BIG_RESULT
%token SQL_BUFFER_RESULT SQL_CACHE SQL_CALC_FOUND_ROWS SQL_NO_CACHE SQL_SMALL_RESULT SQL_THREAD SRID SSL STACKED
%token STAGE START STARTING STARTS STATEMENT STATUS STOP STORAGE STORED STRAIGHT_JOIN ST_COLLECT SUBJECT SUBPARTITION
%token SUBPARTITIONS SUBSTRING SUPER SUSPEND SWAPS SWITCHES SYSTEM SYSTEM_TIME TABLE TABLES TABLESAMPLE TABLESPACE
%token TABLE_NAME TABLE_OPTION TEMPORARY TERMINATED TEXT THAN THEN THREAD_PRIORITY TIES TIME TIMESTAMP
%token TIMESTAMP_ARITHMETIC TINYBLOB TINYINT TINYTEXT TLS TO TODAY TRAILING TRANSACTION TRIGGER TRIGGERS TRIM TRUE
%token TRUNCATE TYPE UNBOUNDED UNCOMMITTED UNDO UNDOFILE UNICODE UNINSTALL UNION UNIQUE UNIT UNKNOWN UNLOCK
%token UNREGISTER UNSIGNED UNTIL UNTIL_OPTION UPDATE UPGRADE URL USAGE USE USER USER_CALL USER_RESOURCES USE_FRM
%token USING VALIDATION VALUE VALUES VARBINARY VARCHAR VARIABLES VARYING VCPU VECTOR VERSIONING VIA VIEW VIRTUAL
%token VISIBLE WAIT WARNINGS WEIGHT_STRING WHEN WHERE WHILE WINDOW WITH WITHIN WITHOUT WORK WRAPPER WRITE X509 XA XID
%token XML XOR YEAR ZEROFILL ZONE

/* Where a statement could end or go on, it goes on. */
%nonassoc SHORTER
%nonassoc INTO KEY COMMA PAREN_OPEN AS

/* A join without a condition waits for one: a JOIN b JOIN c ON x is a JOIN (b JOIN c ON x). */
%nonassoc JOIN_WITHOUT_CONDITION
%left JOIN INNER CROSS LEFT RIGHT STRAIGHT_JOIN NATURAL ON USING

/* Parentheses around nothing but a subquery belong to the subquery. */
%nonassoc SUBQUERY_AS_OPERAND
%nonassoc ")"

/* Strings side by side are one string, not a string and its alias. */
%nonassoc TEXT_END
%nonassoc STRING

/* @a := x and INTERVAL x DAY + y take what follows with them. */
%nonassoc WHOLE
%nonassoc EQUALS NULL_SAFE_EQUALS NOT_EQUALS LESS_THAN AT_MOST GREATER AT_LEAST IS IN BETWEEN LIKE REGEXP MEMBER SOUNDS ESCAPE
%left OR OR_OR
%left XOR
%left AND AND_AND
%right NOT
%left BAR
%left AMPERSAND
%left SHIFT_LEFT SHIFT_RIGHT
%left PLUS MINUS_SIGN
%left ASTERISK SLASH PERCENT DIV MOD
%left CARET
%left CONCAT_PIPES
%right SIGN TILDE BANG NOT_HIGH BINARY
%left COLLATE

%expect 0
/* Each is told where its rules are: which of two readings is meant. */
%expect-rr 50

%start statement
%%

statement:
    %empty
  | simple_statement
  | BEGIN
  | BEGIN WORK
  | compound_statement
  ;

/* What may also stand inside of a stored routine. */
simple_statement:
    select_statement
  | insert_statement
  | replace_statement
  | update_statement
  | delete_statement
  | set_statement
  | other_statement
  ;

/* ---- Queries ---- */

select_statement:
    query_expression
  | query_expression locking_clauses
  | query_parens
  | query_parens locking_clauses
  | select_into
  ;

select_into:
    "(" select_into ")"
  | query_expression into_clause
  | query_expression into_clause locking_clauses
  | query_expression locking_clauses into_clause
  | query_parens into_clause
  | query_parens into_clause locking_clauses
  | query_parens locking_clauses into_clause
  ;

query:
    query_expression
  | query_parens
  ;

/* A query as part of another statement. */
inner_query:
    query
  | query locking_clauses
  ;

query_parens:
    "(" query_parens ")"
  | "(" query_parens locking_clauses ")"
  | "(" query_expression ")"
  | "(" query_expression locking_clauses ")"
  ;

query_expression:
    set_operation query_end_opt
  | query_parens query_order query_limit_opt
  | query_parens query_limit
  | with_clause set_operation query_order_opt query_limit_opt { with }
  | with_clause query_parens query_order_opt query_limit_opt { with }
  ;

/* What most queries have none of is one empty rule, not one for each clause: fewer steps for the parser. */
query_end_opt:
    %empty
  | query_order query_limit_opt procedure_clause_opt
  | query_limit procedure_clause_opt
  | procedure_clause
  ;

/* The order of rows, not of what a window or a function works through. */
query_order_opt:
    %empty
  | query_order
  ;

query_order:
    order_clause { query_order }
  ;

query_limit_opt:
    %empty
  | query_limit
  ;

query_limit:
    limit_clause { limit }
  ;

set_operation:
    query_block
  | set_operation set_operator query_operand
  | query_parens set_operator query_operand
  ;

query_operand:
    query_block
  | query_parens
  ;

set_operator:
    UNION set_quantifier_opt
  | EXCEPT set_quantifier_opt
  | INTERSECT set_quantifier_opt
  ;

set_quantifier_opt:
    %empty
  | ALL
  | DISTINCT
  ;

with_clause:
    WITH common_tables
  | WITH RECURSIVE common_tables
  ;

common_tables:
    common_table
  | common_tables "," common_table
  ;

common_table:
    IDENT column_names_opt AS query_parens { cte }
  | IDENT column_names_opt AS query_parens CYCLE name_list RESTRICT { cte }
  ;

column_names_opt:
    %empty
  | "(" name_list ")"
  ;

name_list:
    IDENT
  | name_list "," IDENT
  ;

/* Of INSERT ... VALUES (1) and a query that is VALUES (1), which MariaDB has, the first is meant. */
inserted_rows:
    VALUES value_rows
  | VALUE value_rows
  ;

/* Of ANALYZE TABLE t and MySQL's query TABLE t, which MariaDB's ANALYZE would run, the first is meant. */
tables:
    table_name { target }
  | tables "," table_name { target }
  ;

query_block:
    SELECT select_options select_items into_clause_opt from_clause_opt where_clause_opt block_end_opt { block }
  | VALUES row_constructors { values_block }
  | VALUES value_rows { mariadb values_block }
  | TABLE table_factor_name { mysql table_block }
  ;

row_constructors:
    ROW "(" row_values_opt ")" { mysql }
  | row_constructors "," ROW "(" row_values_opt ")"
  ;

row_values_opt:
    %empty
  | row_values
  ;

table_factor_name:
    table_name
  ;

select_options:
    %empty { block_begin }
  | select_options select_option
  ;

select_option:
    ALL
  | DISTINCT { distinct }
  | UNIQUE { mariadb distinct }
  | STRAIGHT_JOIN
  | HIGH_PRIORITY
  | SQL_SMALL_RESULT
  | SQL_BIG_RESULT
  | SQL_BUFFER_RESULT
  | SQL_CALC_FOUND_ROWS
  | SQL_NO_CACHE
  | SQL_CACHE
  ;

select_items:
    select_item
  | "*" { star }
  | select_items "," select_item
  ;

select_item:
    IDENT "." "*" { star }
  | IDENT "." IDENT "." "*" { star }
  | expr select_alias_opt
  ;

select_alias_opt:
    %empty
  | IDENT { select_alias }
  | STRING { select_alias }
  | AS IDENT { select_alias }
  | AS STRING { select_alias }
  ;

into_clause_opt:
    %empty %prec SHORTER
  | into_clause
  ;

into_clause:
    INTO OUTFILE STRING charset_opt field_options_opt line_options_opt { into_file }
  | INTO DUMPFILE STRING { into_file }
  | INTO into_targets
  ;

into_targets:
    into_target
  | into_targets "," into_target
  ;

into_target:
    USER_VARIABLE { into_variable }
  | "@" { mysql into_variable }
  | IDENT
  ;

from_clause_opt:
    %empty
  | FROM table_references
  | FROM DUAL
  ;

where_clause_opt:
    %empty
  | WHERE expr { where }
  ;

block_end_opt:
    %empty
  | group_clause having_clause_opt window_clause_opt qualify_clause_opt
  | having_clause window_clause_opt qualify_clause_opt
  | window_clause qualify_clause_opt
  | qualify_clause
  ;

group_clause:
    GROUP BY group_items with_rollup_opt { group }
  | GROUP BY ROLLUP "(" values ")" { group }
  | GROUP BY CUBE "(" values ")" { group }
  | GROUP BY GROUPING SETS "(" grouping_sets ")" { group }
  ;

group_items:
    group_item
  | group_items "," group_item
  ;

group_item:
    expr { group_item }
  | expr ASC { mariadb group_item }
  | expr DESC { mariadb group_item }
  ;

grouping_sets:
    "(" values_opt ")"
  | grouping_sets "," "(" values_opt ")"
  ;

with_rollup_opt:
    %empty
  | WITH_ROLLUP
  ;

having_clause_opt:
    %empty
  | having_clause
  ;

having_clause:
    HAVING expr { having }
  ;

window_clause_opt:
    %empty
  | window_clause
  ;

window_clause:
    WINDOW window_definitions
  ;

qualify_clause_opt:
    %empty
  | qualify_clause
  ;

qualify_clause:
    QUALIFY expr
  ;

window_definitions:
    IDENT AS window_spec
  | window_definitions "," IDENT AS window_spec
  ;

order_clause_opt:
    %empty
  | order_clause
  ;

order_clause:
    ORDER BY order_items
  ;

order_items:
    order_item
  | order_items "," order_item
  ;

order_item:
    expr { order_item }
  | expr ASC { order_item }
  | expr DESC { order_item }
  ;

limit_clause_opt:
    %empty
  | limit_clause
  ;

limit_clause:
    LIMIT limit_value
  | LIMIT limit_value "," limit_value
  | LIMIT limit_value offset_word limit_value
  | LIMIT limit_value ROWS EXAMINED limit_value { mariadb }
  | LIMIT limit_value "," limit_value ROWS EXAMINED limit_value { mariadb }
  | LIMIT limit_value offset_word limit_value ROWS EXAMINED limit_value { mariadb }
  | LIMIT ROWS EXAMINED limit_value { mariadb }
  | OFFSET_CLAUSE limit_value row_or_rows
  | OFFSET_CLAUSE limit_value row_or_rows fetch_clause
  | fetch_clause { mariadb }
  ;

/* To MariaDB OFFSET is reserved, and begins a clause of its own besides. */
offset_word:
    OFFSET
  | OFFSET_CLAUSE
  ;

fetch_clause:
    FETCH first_or_next fetch_count_opt row_or_rows ONLY
  | FETCH first_or_next fetch_count_opt row_or_rows WITH TIES
  ;

first_or_next:
    FIRST
  | NEXT
  ;

fetch_count_opt:
    %empty
  | limit_value
  ;

row_or_rows:
    ROW
  | ROWS
  ;

limit_value:
    INTEGER
  | PARAMETER
  | IDENT
  ;

procedure_clause_opt:
    %empty
  | procedure_clause
  ;

procedure_clause:
    PROCEDURE IDENT "(" values_opt ")" { mariadb }
  ;

locking_clauses:
    locking_clause
  | locking_clauses locking_clause
  ;

locking_clause:
    FOR UPDATE locked_tables_opt lock_wait_opt
  | FOR SHARE locked_tables_opt lock_wait_opt { mysql }
  | LOCK IN SHARE MODE
  | LOCK IN SHARE MODE lock_wait { mariadb }
  ;

locked_tables_opt:
    %empty
  | OF locked_tables
  ;

locked_tables:
    table_name_wild
  | locked_tables "," table_name_wild
  ;

lock_wait_opt:
    %empty
  | lock_wait
  ;

lock_wait:
    NOWAIT
  | SKIP LOCKED
  | WAIT INTEGER { mariadb }
  ;

/* ---- Tables of a query ---- */

table_references:
    table_reference
  | table_references "," table_reference
  ;

table_reference:
    table_factor
  | table_reference inner_join table_reference %prec JOIN_WITHOUT_CONDITION
  | table_reference inner_join table_reference join_condition
  | table_reference LEFT outer_opt JOIN table_reference join_condition
  | table_reference RIGHT outer_opt JOIN table_reference join_condition
  | table_reference NATURAL natural_kind_opt JOIN table_factor
  ;

inner_join:
    JOIN
  | INNER JOIN
  | CROSS JOIN
  | STRAIGHT_JOIN
  ;

natural_kind_opt:
    %empty
  | INNER
  | LEFT outer_opt
  | RIGHT outer_opt
  ;

outer_opt:
    %empty
  | OUTER
  ;

join_condition:
    ON expr { on }
  | USING "(" name_list ")"
  ;

table_factor:
    table_name table_part_opt table_alias_opt index_hints { table }
  | table_name table_part_opt table_alias_opt TABLESAMPLE sampling_method "(" limit_value ")" { table }
  | query_parens system_time_opt table_alias column_names_opt { derived }
  | LATERAL query_parens table_alias column_names_opt { derived }
  | JSON_TABLE "(" expr "," expr json_columns ")" table_alias { derived }
  | "(" table_references ")"
  | "{" IDENT table_reference "}"
  ;

sampling_method:
    SYSTEM
  | BERNOULLI
  ;

table_name:
    IDENT { table_name }
  | IDENT "." IDENT { table_name }
  | "." IDENT { mariadb table_name }
  ;

/* DELETE t.* FROM ..., and where a server takes `.*` besides. */
table_name_wild:
    table_name
  | IDENT "." "*" { table_name }
  | IDENT "." IDENT "." "*" { table_name }
  ;

table_part_opt:
    %empty
  | partition system_time_opt
  | system_time
  ;

partition_opt:
    %empty
  | partition
  ;

partition:
    PARTITION "(" name_list ")"
  ;

system_time_opt:
    %empty
  | system_time
  ;

system_time:
    FOR_SYSTEM_TIME AS OF point_in_time
  | FOR_SYSTEM_TIME BETWEEN point_in_time AND point_in_time
  | FOR_SYSTEM_TIME FROM point_in_time TO point_in_time
  | FOR_SYSTEM_TIME ALL
  ;

point_in_time:
    bit_expr
  | TIMESTAMP USER_VARIABLE
  | TIMESTAMP now
  | TIMESTAMP column
  | TRANSACTION bit_expr
  ;

table_alias_opt:
    %empty
  | table_alias
  ;

table_alias:
    IDENT { alias }
  | AS IDENT { alias }
  ;

index_hints:
    %empty
  | index_hints index_hint
  ;

index_hint:
    USE key_word index_purpose_opt "(" index_names_opt ")"
  | IGNORE key_word index_purpose_opt "(" index_names ")"
  | FORCE key_word index_purpose_opt "(" index_names ")"
  ;

key_word:
    KEY
  | INDEX
  ;

index_purpose_opt:
    %empty
  | FOR JOIN
  | FOR ORDER BY
  | FOR GROUP BY
  ;

index_names_opt:
    %empty
  | index_names
  ;

index_names:
    index_name
  | index_names "," index_name
  ;

index_name:
    IDENT
  | PRIMARY
  ;

json_columns:
    COLUMNS "(" json_column_list ")"
  ;

json_column_list:
    json_column
  | json_column_list "," json_column
  ;

json_column:
    IDENT FOR ORDINALITY
  | IDENT type collate_opt PATH json_path json_column_responses
  | IDENT type collate_opt EXISTS PATH json_path json_column_responses
  | NESTED PATH json_path json_columns
  | NESTED json_path json_columns { mysql }
  ;

json_column_responses:
    json_on_responses
  | json_response ON ERROR json_response ON EMPTY
  ;

json_on_responses:
    %empty
  | json_response ON EMPTY
  | json_response ON ERROR
  | json_response ON EMPTY json_response ON ERROR
  ;

json_response:
    ERROR
  | NULL
  | DEFAULT constant
  | DEFAULT "-" constant
  | DEFAULT "+" constant
  ;

json_path:
    text %prec TEXT_END
  | CHARSET_MARK STRING
  ;

collate_opt:
    %empty
  | COLLATE collation_name
  ;

/* ---- Expressions ---- */

expr:
    expr OR expr { opaque }
  | expr OR_OR expr { opaque }
  | expr XOR expr { opaque }
  | expr AND expr { and }
  | expr AND_AND expr { and }
  | NOT expr { opaque }
  | boolean IS TRUE
  | boolean IS NOT TRUE
  | boolean IS FALSE
  | boolean IS NOT FALSE
  | boolean IS UNKNOWN
  | boolean IS NOT UNKNOWN
  | boolean %prec WHOLE
  ;

boolean:
    boolean IS NULL
  | boolean IS NOT NULL
  | boolean "=" predicate { equals }
  | boolean "<=>" predicate { null_safe_equals }
  | boolean order_operator predicate { compare }
  | boolean "=" ANY query_parens
  | boolean "=" ALL query_parens
  | boolean order_operator ANY query_parens
  | boolean order_operator ALL query_parens
  | predicate %prec WHOLE
  ;

order_operator:
    "<>"
  | "<"
  | "<="
  | ">"
  | ">="
  ;

predicate:
    bit_expr %prec WHOLE
  | compound_predicate %prec WHOLE
  ;

compound_predicate:
    bit_expr IN query_parens
  | bit_expr NOT IN query_parens
  | bit_expr IN "(" values ")" { in }
  | bit_expr NOT IN "(" values ")"
  | bit_expr MEMBER "(" operand ")" { mysql }
  | bit_expr MEMBER OF "(" operand ")" { mysql }
  | bit_expr BETWEEN bit_expr AND predicate { between }
  | bit_expr BETWEEN compound_predicate AND predicate { mariadb opaque }
  | bit_expr NOT BETWEEN bit_expr AND predicate { opaque }
  | bit_expr SOUNDS LIKE bit_expr
  | bit_expr LIKE like_pattern
  | bit_expr NOT LIKE like_pattern
  | bit_expr REGEXP bit_expr
  | bit_expr NOT REGEXP bit_expr
  | compound_predicate IN query_parens { mariadb }
  | compound_predicate NOT IN query_parens { mariadb }
  | compound_predicate IN "(" values ")" { mariadb }
  | compound_predicate NOT IN "(" values ")" { mariadb }
  | compound_predicate BETWEEN bit_expr AND predicate { mariadb opaque }
  | compound_predicate NOT BETWEEN bit_expr AND predicate { mariadb opaque }
  | compound_predicate LIKE like_pattern { mariadb }
  | compound_predicate NOT LIKE like_pattern { mariadb }
  | compound_predicate REGEXP bit_expr { mariadb }
  | compound_predicate NOT REGEXP bit_expr { mariadb }
  ;

like_pattern:
    pattern %prec WHOLE
  | pattern ESCAPE pattern %prec WHOLE
  ;

/* To MySQL a pattern is no sum or the like; see checks.ts. */
pattern:
    bit_expr %prec WHOLE { pattern }
  ;

bit_expr:
    bit_expr "|" bit_expr { arithmetic }
  | bit_expr "&" bit_expr { arithmetic }
  | bit_expr "<<" bit_expr { arithmetic }
  | bit_expr ">>" bit_expr { arithmetic }
  | bit_expr "+" bit_expr { arithmetic }
  | bit_expr "-" bit_expr { arithmetic }
  | bit_expr "+" INTERVAL expr unit %prec PLUS { arithmetic }
  | bit_expr "-" INTERVAL expr unit %prec PLUS { arithmetic }
  | bit_expr "*" bit_expr { arithmetic }
  | bit_expr "/" bit_expr { arithmetic }
  | bit_expr "%" bit_expr { arithmetic }
  | bit_expr DIV bit_expr { arithmetic }
  | bit_expr MOD bit_expr { arithmetic }
  | bit_expr "^" bit_expr { arithmetic }
  | operand %prec WHOLE
  ;

/* MySQL wants a text or a variable, MariaDB any expression; of those two the first is meant. */
prepared_source:
    STRING
  | USER_VARIABLE { user_variable }
  | expr { mariadb }
  ;

execute_values:
    execute_value
  | execute_values "," execute_value
  ;

execute_value:
    USER_VARIABLE { user_variable }
  | expr { mariadb }
  | DEFAULT { mariadb }
  | IGNORE { mariadb }
  ;

/* INTERVAL (1, 2) is the function, not the row (1, 2) before a unit. */
interval_call:
    INTERVAL "(" expr "," values ")"
  ;

operand:
    column %prec SUBQUERY_AS_OPERAND
  | literal
  | PARAMETER
  | USER_VARIABLE { user_variable }
  | "@" { mysql user_variable }
  | USER_VARIABLE ":=" expr %prec WHOLE { assign }
  | system_variable
  | call
  | operand COLLATE name_or_text
  | operand CONCAT_PIPES operand
  | "+" operand %prec SIGN
  | "-" operand %prec SIGN
  | "~" operand
  | "!" operand
  | NOT_HIGH operand
  | BINARY operand
  | query_parens %prec SUBQUERY_AS_OPERAND
  | EXISTS query_parens
  | "(" expr ")"
  | "(" expr "," values ")"
  | ROW "(" expr "," values ")"
  | "{" IDENT expr "}"
  | MATCH match_columns AGAINST "(" bit_expr match_mode_opt ")"
  | CASE case_value_opt case_branches case_else_opt END
  | INTERVAL expr unit "+" expr %prec PLUS
  | column "->" STRING { mysql }
  | column "->>" STRING { mysql }
  ;

column:
    IDENT { column }
  | IDENT "." IDENT { column }
  | IDENT "." IDENT "." IDENT { column }
  | "." IDENT "." IDENT { mariadb column }
  ;

match_columns:
    column
  | match_columns "," column
  | "(" match_column_list ")"
  ;

match_column_list:
    column
  | match_column_list "," column
  ;

match_mode_opt:
    %empty
  | IN NATURAL LANGUAGE MODE
  | IN NATURAL LANGUAGE MODE WITH QUERY EXPANSION
  | IN BOOLEAN MODE
  | WITH QUERY EXPANSION
  ;

case_value_opt:
    %empty
  | expr
  ;

case_branches:
    WHEN expr THEN expr
  | case_branches WHEN expr THEN expr
  ;

case_else_opt:
    %empty
  | ELSE expr
  ;

values_opt:
    %empty
  | values
  ;

values:
    expr
  | values "," expr
  ;

literal:
    constant
  | NULL
  ;

constant:
    text %prec TEXT_END
  | marked_text %prec TEXT_END
  | INTEGER
  | DECIMAL_NUMBER
  | FLOAT_NUMBER
  | HEX_NUMBER
  | BIT_NUMBER
  | TRUE
  | FALSE
  | CHARSET_MARK HEX_NUMBER
  | CHARSET_MARK BIT_NUMBER
  | DATE STRING
  | TIME STRING
  | TIMESTAMP STRING
  ;

text:
    STRING
  | text STRING
  ;

marked_text:
    NATIONAL_STRING
  | CHARSET_MARK STRING
  | marked_text STRING
  ;

unit:
    UNIT
  | YEAR
  | COMPOUND_UNIT
  ;

system_variable:
    "@@" variable_name { system_variable }
  | "@@" GLOBAL "." variable_name { system_variable }
  | "@@" SESSION "." variable_name { system_variable }
  | "@@" LOCAL "." variable_name { system_variable }
  | "@@" PERSIST "." variable_name { system_variable }
  | "@@" PERSIST_ONLY "." variable_name { system_variable }
  ;

variable_name:
    IDENT { variable }
  | IDENT "." IDENT { structured_variable }
  | DEFAULT "." IDENT
  ;

/* ---- Functions ---- */

call:
    IDENT "(" arguments_opt ")" { call }
  | IDENT "." IDENT "(" arguments_opt ")" { call }
  | IDENT "." IDENT "." IDENT "(" arguments_opt ")" { mariadb call }
  | builtin { builtin }
  | aggregate over_opt { aggregate }
  | window_function OVER window { builtin }
  | NEXT VALUE FOR table_name { mariadb sequence }
  | PREVIOUS VALUE FOR table_name { sequence }
  | NEXTVAL "(" table_name ")" { sequence }
  | LASTVAL "(" table_name ")" { sequence }
  | SETVAL "(" table_name "," signed_integer set_value_rest_opt ")" { sequence }
  ;

set_value_rest_opt:
    %empty
  | "," INTEGER
  | "," TRUE
  | "," FALSE
  | "," INTEGER "," INTEGER
  | "," TRUE "," INTEGER
  | "," FALSE "," INTEGER
  ;

signed_integer:
    INTEGER
  | "-" INTEGER
  | "+" INTEGER
  ;

arguments_opt:
    %empty
  | arguments
  ;

/* Loadable functions take names for their arguments. */
arguments:
    argument
  | arguments "," argument
  ;

argument:
    expr select_alias_opt
  ;

builtin:
    SPATIAL_CALL "(" values ")"
  | GEOMETRY_COLLECTION "(" values_opt ")"
  | POINT "(" expr "," expr ")"
  | CURRENT_USER
  | CURRENT_USER "(" ")"
  | CURRENT_ROLE
  | CURRENT_ROLE "(" ")"
  | TODAY
  | TODAY "(" ")"
  | now
  | CLOCK
  | CLOCK "(" ")"
  | CLOCK "(" INTEGER ")"
  | CLOCK_CALL "(" ")"
  | CLOCK_CALL "(" INTEGER ")"
  | USER "(" ")"
  | USER_CALL "(" ")"
  | DATABASE "(" ")"
  | ROW_COUNT "(" ")"
  | CHAR "(" values ")"
  | CHAR "(" values USING charset_name ")"
  | ASCII "(" expr ")"
  | CHARSET "(" expr ")"
  | COALESCE "(" values ")"
  | COLLATION "(" expr ")"
  | IF "(" expr "," expr "," expr ")"
  | FORMAT "(" expr "," expr ")"
  | FORMAT "(" expr "," expr "," expr ")"
  | LEFT "(" expr "," expr ")"
  | RIGHT "(" expr "," expr ")"
  | MOD "(" expr "," expr ")"
  | REPEAT "(" expr "," expr ")"
  | TRUNCATE "(" expr "," expr ")"
  | REVERSE "(" expr ")"
  | LOG "(" expr ")"
  | LOG "(" expr "," expr ")"
  | REPLACE "(" expr "," expr "," expr ")"
  | INSERT "(" expr "," expr "," expr "," expr ")"
  | interval_call
  | PASSWORD "(" expr ")" { mariadb }
  | UNIT "(" expr ")"
  | UNIT "(" expr "," expr ")"
  | YEAR "(" expr ")"
  | DATE "(" expr ")"
  | TIME "(" expr ")"
  | TIMESTAMP "(" expr ")"
  | TIMESTAMP "(" expr "," expr ")"
  | DATE_ARITHMETIC "(" expr "," expr ")"
  | DATE_ARITHMETIC "(" expr "," INTERVAL expr unit ")"
  | TIMESTAMP_ARITHMETIC "(" unit "," expr "," expr ")"
  | EXTRACT "(" unit FROM expr ")"
  | GET_FORMAT "(" date_type "," expr ")"
  | POSITION "(" bit_expr IN expr ")"
  | SUBSTRING "(" expr "," expr ")"
  | SUBSTRING "(" expr "," expr "," expr ")"
  | SUBSTRING "(" expr FROM expr ")"
  | SUBSTRING "(" expr FROM expr FOR expr ")"
  | TRIM "(" expr ")"
  | TRIM "(" expr FROM expr ")"
  | TRIM "(" trim_side expr FROM expr ")"
  | TRIM "(" trim_side FROM expr ")"
  | CAST "(" expr AS cast_type ")"
  | CAST "(" expr AS cast_type ARRAY ")"
  | CAST "(" expr AT TIME ZONE interval_opt STRING AS DATETIME precision_opt ")" { mysql }
  | CONVERT "(" expr "," cast_type ")"
  | CONVERT "(" expr USING charset_name ")"
  | DEFAULT "(" column ")"
  | VALUES "(" column ")"
  | VALUE "(" column ")" { mariadb }
  | WEIGHT_STRING "(" expr ")"
  | WEIGHT_STRING "(" expr AS CHAR "(" INTEGER ")" ")"
  | WEIGHT_STRING "(" expr AS CHAR "(" INTEGER ")" levels ")" { mariadb }
  | WEIGHT_STRING "(" expr levels ")" { mariadb }
  | WEIGHT_STRING "(" expr AS BINARY "(" INTEGER ")" ")"
  | WEIGHT_STRING "(" expr "," whole "," whole "," whole ")"
  | GROUPING "(" values ")"
  | JSON_VALUE "(" expr "," json_path json_returning_opt json_on_responses ")"
  | CONTAINS "(" expr "," expr ")" { mariadb }
  | WITHIN "(" expr "," expr ")"
  | COLUMN_CREATE "(" dynamic_columns ")"
  | COLUMN_ADD "(" expr "," dynamic_columns ")"
  | COLUMN_DELETE "(" expr "," values ")"
  | COLUMN_CHECK "(" expr ")"
  | COLUMN_GET "(" expr "," expr AS cast_type ")"
  | OLD_PASSWORD "(" expr ")"
  | ROWNUM "(" ")"
  | EDGE_VALUE "(" expr "," values ")" { mariadb }
  ;

/* What a column may have as its default. */
now:
    CURRENT_TIMESTAMP
  | CURRENT_TIMESTAMP "(" ")"
  | CURRENT_TIMESTAMP "(" INTEGER ")"
  | NOW "(" ")"
  | NOW "(" INTEGER ")"
  ;

whole:
    INTEGER
  | HEX_NUMBER
  ;

date_type:
    DATE
  | TIME
  | DATETIME
  | TIMESTAMP
  ;

trim_side:
    LEADING
  | TRAILING
  | BOTH
  ;

interval_opt:
    %empty
  | INTERVAL
  ;

precision_opt:
    %empty %prec SHORTER
  | "(" INTEGER ")"
  ;

levels:
    LEVEL level_list
  ;

level_list:
    level
  | level_list "," level
  | INTEGER "-" INTEGER
  ;

level:
    INTEGER level_flags
  ;

level_flags:
    %empty
  | level_flags ASC
  | level_flags DESC
  | level_flags REVERSE
  ;

json_returning_opt:
    %empty
  | RETURNING cast_type
  ;

dynamic_columns:
    dynamic_column
  | dynamic_columns "," dynamic_column
  ;

dynamic_column:
    expr "," expr
  | expr "," expr AS cast_type
  ;

aggregate:
    aggregate_name "(" expr ")"
  | aggregate_name "(" ALL expr ")"
  | aggregate_name "(" DISTINCT expr ")"
  | AGGREGATE "(" expr ")"
  | AGGREGATE "(" ALL expr ")"
  | COUNT "(" "*" ")"
  | COUNT "(" ALL "*" ")"
  | COUNT "(" expr ")"
  | COUNT "(" ALL expr ")"
  | COUNT "(" DISTINCT values ")"
  | JSON_ARRAYAGG "(" expr absent_or_null_opt ")"
  | JSON_ARRAYAGG "(" ALL expr absent_or_null_opt ")"
  | JSON_ARRAYAGG "(" DISTINCT expr order_clause_opt limit_clause_opt ")" { mariadb }
  | JSON_ARRAYAGG "(" expr order_clause limit_clause_opt ")" { mariadb }
  | JSON_ARRAYAGG "(" expr limit_clause ")" { mariadb }
  | JSON_OBJECTAGG "(" expr "," expr ")"
  | JSON_DUALITY_OBJECT "(" duality_tags_opt duality_members ")"
  | ST_COLLECT "(" expr ")"
  | ST_COLLECT "(" DISTINCT expr ")"
  | GROUP_CONCAT "(" values order_clause_opt separator_opt ")"
  | GROUP_CONCAT "(" DISTINCT values order_clause_opt separator_opt ")"
  | GROUP_CONCAT "(" values order_clause_opt separator_opt limit_clause ")" { mariadb }
  | GROUP_CONCAT "(" DISTINCT values order_clause_opt separator_opt limit_clause ")" { mariadb }
  | PERCENTILE "(" expr ")" WITHIN GROUP "(" order_clause ")"
  | MEDIAN "(" expr ")"
  ;

duality_tags_opt:
    %empty
  | WITH duality_tag
  | WITH "(" duality_tags ")"
  ;

duality_tags:
    duality_tag
  | duality_tags "," duality_tag
  ;

duality_tag:
    trigger_event
  | NO trigger_event
  ;

duality_members:
    STRING ":" expr
  | duality_members "," STRING ":" expr
  ;

aggregate_name:
    AGGREGATE_DISTINCT
  | AVG
  ;

absent_or_null_opt:
    %empty
  | NULL ON NULL
  | ABSENT ON NULL
  ;

separator_opt:
    %empty
  | SEPARATOR STRING
  | SEPARATOR HEX_NUMBER
  | SEPARATOR BIT_NUMBER
  ;

window_function:
    RANKING "(" ")"
  | NTILE "(" expr ")"
  | LEAD_LAG "(" expr ")" null_treatment_opt
  | LEAD_LAG "(" expr "," expr ")" null_treatment_opt
  | LEAD_LAG "(" expr "," expr "," expr ")" null_treatment_opt { mysql }
  | EDGE_VALUE "(" expr ")" null_treatment_opt
  | NTH_VALUE "(" expr "," expr ")" from_end_opt null_treatment_opt
  ;

from_end_opt:
    %empty
  | FROM FIRST { mysql }
  | FROM LAST { mysql }
  ;

null_treatment_opt:
    %empty
  | RESPECT NULLS
  | IGNORE NULLS
  ;

over_opt:
    %empty
  | OVER window
  ;

window:
    IDENT
  | window_spec
  ;

window_spec:
    "(" window_name_opt partition_by_opt order_clause_opt frame_opt ")"
  ;

window_name_opt:
    %empty
  | IDENT
  ;

partition_by_opt:
    %empty
  | PARTITION BY order_items
  ;

frame_opt:
    %empty
  | frame_unit frame_edge frame_exclusion_opt
  | frame_unit BETWEEN frame_edge AND frame_edge frame_exclusion_opt
  ;

frame_unit:
    ROWS
  | RANGE
  | GROUPS
  ;

frame_edge:
    UNBOUNDED PRECEDING
  | UNBOUNDED FOLLOWING
  | CURRENT ROW
  | bit_expr PRECEDING
  | bit_expr FOLLOWING
  | INTERVAL expr unit PRECEDING
  | INTERVAL expr unit FOLLOWING
  ;

frame_exclusion_opt:
    %empty
  | EXCLUDE CURRENT ROW
  | EXCLUDE GROUP
  | EXCLUDE TIES
  | EXCLUDE NO OTHERS
  ;

/* ---- INSERT, REPLACE, UPDATE, DELETE ---- */

insert_statement:
    INSERT insert_options into_opt insert_target insert_source duplicate_key_opt returning_opt { insert }
  ;

replace_statement:
    REPLACE replace_option_opt into_opt insert_target insert_source returning_opt { replace }
  ;

replace_option_opt:
    %empty
  | LOW_PRIORITY
  | DELAYED
  ;

insert_options:
    insert_priority_opt
  | insert_priority_opt IGNORE
  ;

insert_priority_opt:
    %empty
  | LOW_PRIORITY
  | DELAYED
  | HIGH_PRIORITY
  ;

into_opt:
    %empty
  | INTO
  ;

insert_target:
    target partition_opt
  ;

insert_source:
    inserted_rows row_alias_opt
  | "(" insert_columns_opt ")" inserted_rows row_alias_opt
  | SET assignments row_alias_opt
  | inner_query
  | "(" insert_columns_opt ")" inner_query
  ;

insert_columns_opt:
    %empty
  | insert_columns
  ;

insert_columns:
    insert_column
  | insert_columns "," insert_column
  ;

insert_column:
    IDENT { insert_column }
  | IDENT "." IDENT { insert_column }
  | IDENT "." IDENT "." IDENT { insert_column }
  ;

value_rows:
    value_row
  | value_rows "," value_row
  ;

value_row:
    "(" ")" { row }
  | "(" row_values ")" { row }
  ;

row_values:
    row_value
  | row_values "," row_value
  ;

row_value:
    expr
  | DEFAULT
  | IGNORE { mariadb }
  ;

row_alias_opt:
    %empty
  | AS IDENT column_names_opt { mysql }
  ;

duplicate_key_opt:
    %empty
  | ON DUPLICATE KEY UPDATE assignments { duplicate_key }
  ;

returning_opt:
    %empty
  | RETURNING select_items { mariadb returning }
  ;

assignments:
    assignment
  | assignments "," assignment
  ;

assignment:
    column assignment_operator expr { assignment }
  | column assignment_operator DEFAULT { assignment }
  | column assignment_operator IGNORE { mariadb assignment }
  ;

assignment_operator:
    "="
  | ":="
  ;

update_statement:
    UPDATE update_options table_references portion_opt SET assignments where_clause_opt row_order_opt row_limit_opt { update }
  | with_clause UPDATE update_options table_references SET assignments where_clause_opt row_order_opt row_limit_opt { mysql update }
  ;

row_order_opt:
    %empty
  | order_clause { row_order }
  ;

row_limit_opt:
    %empty
  | LIMIT limit_value { row_limit }
  ;

update_options:
    low_priority_opt
  | low_priority_opt IGNORE
  ;

low_priority_opt:
    %empty
  | LOW_PRIORITY
  ;

portion_opt:
    %empty
  | FOR PORTION OF IDENT FROM bit_expr TO bit_expr
  ;

delete_statement:
    DELETE delete_options FROM deleted_table partition_opt where_clause_opt row_order_opt row_limit_opt returning_opt { delete }
  | DELETE delete_options FROM deleted_table PARTITION "(" name_list ")" table_alias where_clause_opt row_order_opt row_limit_opt { delete }
  | DELETE delete_options delete_targets FROM table_references where_clause_opt { delete_many }
  | DELETE delete_options FROM delete_targets USING table_references where_clause_opt { delete_many }
  | DELETE HISTORY FROM target history_opt { delete }
  | with_clause DELETE delete_options FROM deleted_table partition_opt where_clause_opt row_order_opt row_limit_opt { mysql delete }
  | with_clause DELETE delete_options delete_targets FROM table_references where_clause_opt { mysql delete_many }
  | with_clause DELETE delete_options FROM delete_targets USING table_references where_clause_opt { mysql delete_many }
  ;

deleted_table:
    target
  | target table_alias { mysql }
  | target FOR PORTION OF IDENT FROM bit_expr TO bit_expr
  ;

history_opt:
    %empty
  | BEFORE SYSTEM_TIME point_in_time
  ;

delete_options:
    %empty
  | delete_options LOW_PRIORITY
  | delete_options QUICK
  | delete_options IGNORE
  ;

delete_targets:
    table_name_wild { delete_target }
  | delete_targets "," table_name_wild { delete_target }
  ;

/* ---- SET ---- */

set_statement:
    SET set_items
  | SET STATEMENT set_items FOR statement
  | SET TRANSACTION transaction_characteristics { set_transaction }
  | SET variable_scope TRANSACTION transaction_characteristics { set_transaction }
  | SET ROLE role_set
  | SET DEFAULT ROLE role_set TO users { mysql }
  | SET DEFAULT ROLE default_role for_user_opt { mariadb }
  | SET PASSWORD password_source
  | SET PASSWORD FOR user password_source
  | SET RESOURCE GROUP IDENT
  | SET RESOURCE GROUP IDENT FOR thread_ids
  ;

set_items:
    set_item
  | set_items "," set_item
  ;

set_item:
    variable_name assignment_operator set_value { set_item }
  | variable_scope variable_name assignment_operator set_value { set_item }
  | system_variable assignment_operator set_value { set_item }
  | USER_VARIABLE assignment_operator expr { set_item }
  | "@" assignment_operator expr { mysql set_item }
  | NAMES charset_name collate_opt { set_names }
  | NAMES DEFAULT { set_names }
  | NAMES DEFAULT COLLATE collation_name { mariadb set_names }
  | NAMES DEFAULT COLLATE DEFAULT { mariadb set_names }
  | NAMES charset_name COLLATE DEFAULT { mariadb set_names }
  | charset_word charset_name { set_charset }
  | charset_word DEFAULT { set_charset }
  ;

variable_scope:
    GLOBAL
  | SESSION
  | LOCAL
  | PERSIST
  | PERSIST_ONLY
  ;

set_value:
    expr
  | DEFAULT
  | ON
  | ALL
  | BINARY
  | ROW
  | SYSTEM
  ;

transaction_characteristics:
    transaction_characteristic
  | transaction_characteristics "," transaction_characteristic
  ;

transaction_characteristic:
    ISOLATION LEVEL READ UNCOMMITTED
  | ISOLATION LEVEL READ COMMITTED
  | ISOLATION LEVEL REPEATABLE READ
  | ISOLATION LEVEL SERIALIZABLE
  | READ ONLY
  | READ WRITE
  ;

role_set:
    NONE
  | DEFAULT { mysql }
  | ALL { mysql }
  | ALL EXCEPT users { mysql }
  | users
  ;

default_role:
    NONE
  | user
  ;

for_user_opt:
    %empty
  | FOR user
  ;

password_source:
    assignment_operator STRING replace_password_opt retain_password_opt
  | assignment_operator PASSWORD "(" STRING ")" { mariadb }
  | assignment_operator OLD_PASSWORD "(" STRING ")" { mariadb }
  | TO RANDOM replace_password_opt retain_password_opt
  ;

replace_password_opt:
    %empty
  | REPLACE STRING
  ;

retain_password_opt:
    %empty
  | RETAIN CURRENT PASSWORD
  ;

thread_ids:
    INTEGER
  | thread_ids "," INTEGER
  | thread_ids INTEGER
  ;

/* ---- Names, types and accounts that many statements share ---- */

charset_word:
    CHAR SET
  | CHARSET
  ;

charset_opt:
    %empty
  | charset_word charset_name
  ;

charset_name:
    IDENT
  | STRING
  | BINARY
  ;

collation_name:
    IDENT
  | STRING
  | BINARY
  ;

users:
    user
  | users "," user
  ;

user:
    name_or_text
  | name_or_text USER_VARIABLE
  | name_or_text "@"
  | CURRENT_USER
  | CURRENT_USER "(" ")"
  | CURRENT_ROLE
  ;

name_or_text:
    IDENT
  | STRING
  ;

if_exists_opt:
    %empty
  | IF EXISTS
  ;

if_not_exists_opt:
    %empty
  | IF NOT EXISTS
  ;

/* Where only MariaDB takes them. */
also_if_exists_opt:
    %empty
  | IF EXISTS { mariadb }
  ;

also_if_not_exists_opt:
    %empty
  | IF NOT EXISTS { mariadb }
  ;

equals_opt:
    %empty
  | "="
  ;

cast_type:
    BINARY length_opt
  | CHAR length_opt charset_attribute_opt
  | CHAR length_opt charset_attribute_opt COLLATE collation_name { mariadb }
  | CHAR length_opt charset_attribute_opt COLLATE DEFAULT { mariadb }
  | NCHAR length_opt
  | NATIONAL CHAR length_opt
  | VARCHAR length charset_attribute_opt { mariadb }
  | SIGNED
  | SIGNED INT
  | UNSIGNED
  | UNSIGNED INT
  | INT { mariadb }
  | DATE
  | YEAR
  | TIME precision_opt
  | DATETIME precision_opt
  | DECIMAL decimals_opt
  | JSON
  | REAL
  | DOUBLE
  | DOUBLE PRECISION
  | DOUBLE "(" INTEGER "," INTEGER ")" { mariadb }
  | FLOAT length_opt
  | VECTOR length_opt
  | spatial_type
  | INTERVAL COMPOUND_UNIT precision_opt { mariadb }
  | IDENT { mariadb }
  ;

spatial_type:
    GEOMETRY
  | POINT
  | SPATIAL_CALL
  | GEOMETRY_COLLECTION
  ;

length:
    "(" INTEGER ")"
  ;

length_opt:
    %empty %prec SHORTER
  | length
  ;

decimals_opt:
    %empty %prec SHORTER
  | "(" INTEGER ")"
  | "(" DECIMAL_NUMBER ")" { mariadb }
  | "(" INTEGER "," INTEGER ")"
  ;

charset_attribute_opt:
    %empty
  | charset_attribute
  ;

charset_attribute:
    charset_word charset_name binary_opt
  | ASCII binary_opt
  | UNICODE binary_opt
  | BYTE
  | BINARY
  | BINARY charset_word charset_name
  | BINARY ASCII
  | BINARY UNICODE
  ;

binary_opt:
    %empty
  | BINARY
  ;

/* ---- Transactions, prepared statements, procedures, cursors ---- */

other_statement:
    START TRANSACTION start_characteristics_opt
  | COMMIT work_opt completion_opt
  | ROLLBACK work_opt completion_opt
  | ROLLBACK work_opt TO IDENT
  | ROLLBACK work_opt TO SAVEPOINT IDENT
  | SAVEPOINT IDENT
  | RELEASE SAVEPOINT IDENT
  | XA begin_or_start xid
  | XA begin_or_start xid JOIN
  | XA begin_or_start xid RESUME
  | XA END xid
  | XA END xid SUSPEND
  | XA END xid SUSPEND FOR MIGRATE
  | XA PREPARE xid
  | XA COMMIT xid
  | XA COMMIT xid ONE PHASE
  | XA ROLLBACK xid
  | XA RECOVER
  | XA RECOVER CONVERT XID
  | XA RECOVER FORMAT equals_opt STRING { mariadb }
  | LOCK table_word lock_list lock_tables_wait_opt
  | LOCK INSTANCE FOR BACKUP
  | UNLOCK table_word
  | UNLOCK INSTANCE
  | PREPARE IDENT FROM prepared_source
  | EXECUTE IDENT
  | EXECUTE IDENT USING execute_values
  | EXECUTE IMMEDIATE expr { mariadb }
  | EXECUTE IMMEDIATE expr USING execute_values { mariadb }
  | deallocate_or_drop PREPARE IDENT
  | CALL routine_name { procedure }
  | CALL routine_name "(" values_opt ")" { procedure }
  | CALL IDENT "." IDENT "." IDENT { mariadb procedure }
  | CALL IDENT "." IDENT "." IDENT "(" values_opt ")" { mariadb procedure }
  | DO do_values
  | HANDLER target OPEN table_alias_opt { handler }
  | HANDLER IDENT CLOSE { handler }
  | HANDLER IDENT READ handler_read where_clause_opt limit_clause_opt { handler }
  | USE IDENT
  | KILL kill_force_opt kill_scope_opt expr
  | KILL kill_force_opt kill_scope_opt USER user { mariadb }
  | KILL kill_force_opt QUERY ID expr
  | HELP name_or_text
  | BINLOG STRING
  | BINLOG USER_VARIABLE "," USER_VARIABLE { mariadb }
  | SHUTDOWN
  | SHUTDOWN WAIT FOR ALL replica_or_slave { mariadb }
  | RESTART { mysql }
  | load_statement
  | explain_statement
  | show_statement
  | diagnostics_statement
  | table_maintenance
  | flush_statement
  | replication_statement
  | account_statement
  | definition_statement
  | plugin_statement
  ;

work_opt:
    %empty
  | WORK
  ;

completion_opt:
    %empty
  | RELEASE
  | NO RELEASE
  | AND CHAIN
  | AND CHAIN NO RELEASE
  | AND NO CHAIN
  | AND NO CHAIN RELEASE
  | AND NO CHAIN NO RELEASE
  ;

start_characteristics_opt:
    %empty
  | start_characteristics
  ;

start_characteristics:
    start_characteristic
  | start_characteristics "," start_characteristic
  ;

start_characteristic:
    WITH CONSISTENT SNAPSHOT
  | READ ONLY
  | READ WRITE
  ;

begin_or_start:
    BEGIN
  | START
  ;

xid:
    xid_part
  | xid_part "," xid_part
  | xid_part "," xid_part "," whole
  ;

xid_part:
    STRING
  | HEX_NUMBER
  | BIT_NUMBER
  ;

table_word:
    TABLE
  | TABLES
  ;

lock_list:
    locked_table
  | lock_list "," locked_table
  ;

locked_table:
    table_name table_alias_opt lock_kind { lock_table }
  ;

lock_kind:
    READ
  | READ LOCAL
  | WRITE
  | WRITE CONCURRENT { mariadb }
  | LOW_PRIORITY WRITE { mariadb }
  ;

lock_tables_wait_opt:
    %empty
  | WAIT INTEGER { mariadb }
  | NOWAIT { mariadb }
  ;

deallocate_or_drop:
    DEALLOCATE
  | DROP
  ;

routine_name:
    IDENT
  | IDENT "." IDENT
  ;

do_values:
    select_items
  ;

handler_read:
    FIRST
  | NEXT
  | index_name handler_step
  | index_name handler_comparison "(" row_values ")"
  ;

handler_step:
    FIRST
  | NEXT
  | PREV
  | LAST
  ;

handler_comparison:
    "="
  | "<"
  | "<="
  | ">"
  | ">="
  ;

kill_scope_opt:
    %empty
  | CONNECTION
  | QUERY
  ;

kill_force_opt:
    %empty
  | HARD
  | SOFT
  ;

replica_or_slave:
    REPLICA
  | REPLICAS
  | SLAVE { mariadb }
  | SLAVES { mariadb }
  ;

/* ---- LOAD ---- */

load_statement:
    LOAD DATA load_priority_opt load_source load_duplicates_opt INTO TABLE insert_target charset_opt xml_rows_opt
      field_options_opt line_options_opt ignored_lines_opt load_columns_opt load_set_opt load_bulk_options { load }
  | LOAD XML load_priority_opt load_source load_duplicates_opt INTO TABLE insert_target charset_opt xml_rows_opt
      field_options_opt line_options_opt ignored_lines_opt load_columns_opt load_set_opt load_bulk_options { load }
  | LOAD INDEX INTO CACHE cached_tables
  ;

load_priority_opt:
    %empty
  | LOW_PRIORITY
  | CONCURRENT
  ;

load_source:
    load_from_opt local_opt INFILE STRING load_files_opt
  | load_from_opt local_opt URL STRING load_files_opt
  | load_from_opt local_opt S3 STRING load_files_opt
  ;

load_from_opt:
    %empty
  | FROM
  ;

load_files_opt:
    %empty
  | IDENT INTEGER
  | IN PRIMARY KEY ORDER
  | IDENT INTEGER IN PRIMARY KEY ORDER
  ;

local_opt:
    %empty
  | LOCAL
  ;

load_duplicates_opt:
    %empty
  | REPLACE { load_replace }
  | IGNORE
  ;

xml_rows_opt:
    %empty
  | ROWS IDENTIFIED BY text
  ;

field_options_opt:
    %empty
  | COLUMNS field_options
  ;

field_options:
    field_option
  | field_options field_option
  ;

field_option:
    TERMINATED BY text_value
  | ENCLOSED BY text_value
  | OPTIONALLY ENCLOSED BY text_value
  | ESCAPED BY text_value
  ;

line_options_opt:
    %empty
  | LINES line_options
  ;

line_options:
    line_option
  | line_options line_option
  ;

line_option:
    TERMINATED BY text_value
  | STARTING BY text_value
  ;

text_value:
    STRING
  | HEX_NUMBER
  | BIT_NUMBER
  ;

ignored_lines_opt:
    %empty
  | IGNORE INTEGER LINES
  | IGNORE INTEGER ROWS
  ;

load_columns_opt:
    %empty
  | "(" ")"
  | "(" load_columns ")"
  ;

load_columns:
    load_column
  | load_columns "," load_column
  ;

load_column:
    column
  | USER_VARIABLE { into_variable }
  ;

load_set_opt:
    %empty
  | SET assignments
  ;

load_bulk_options:
    %empty
  | load_bulk_options PARALLEL equals_opt INTEGER
  | load_bulk_options MEMORY equals_opt size
  | load_bulk_options ALGORITHM equals_opt BULK
  ;

/* A size such as 16M is a name to the lexer. */
size:
    INTEGER
  | IDENT
  ;

/* ---- EXPLAIN, SHOW ---- */

explain_statement:
    explain_word explained
  | explain_word target { describe }
  | explain_word target name_or_text { describe }
  | explain_word EXTENDED explained { mariadb }
  | explain_word PARTITIONS explained { mariadb }
  | explain_word FORMAT "=" name_or_text explain_rest
  | explain_word ANALYZE explained { mysql }
  | explain_word ANALYZE FORMAT "=" name_or_text explain_rest { mysql }
  | explain_word FOR DATABASE IDENT explained
  | explain_word FOR CONNECTION expr
  | ANALYZE FORMAT "=" name_or_text explained { mariadb }
  | ANALYZE explained { mariadb }
  ;

explain_word:
    EXPLAIN
  | DESCRIBE
  | DESC
  ;

explain_rest:
    explained
  | FOR DATABASE IDENT explained
  | FOR CONNECTION expr
  | INTO USER_VARIABLE explained { mysql into_variable }
  | INTO USER_VARIABLE FOR DATABASE IDENT explained { mysql into_variable }
  ;

explained:
    select_statement
  | insert_statement
  | replace_statement
  | update_statement
  | delete_statement
  ;

show_statement:
    SHOW show_subject
  ;

show_subject:
    DATABASES show_filter_opt
  | show_full_opt TABLES in_schema_opt show_filter_opt
  | show_full_opt TRIGGERS in_schema_opt show_filter_opt
  | show_full_opt EVENTS in_schema_opt show_filter_opt
  | TABLE STATUS in_schema_opt show_filter_opt
  | OPEN TABLES in_schema_opt show_filter_opt
  | PLUGINS
  | PLUGINS SONAME STRING { mariadb }
  | PLUGINS SONAME show_like { mariadb }
  | ENGINE IDENT engine_report
  | ENGINE ALL engine_report
  | storage_opt ENGINES
  | show_full_opt COLUMNS from_or_in target in_schema_opt show_filter_opt { show_table }
  | extended_opt index_word from_or_in target in_schema_opt where_clause_opt { show_table }
  | COUNT "(" "*" ")" WARNINGS
  | COUNT "(" "*" ")" ERRORS
  | WARNINGS limit_clause_opt
  | ERRORS limit_clause_opt
  | PROFILES
  | PROFILE profile_kinds_opt for_query_opt limit_clause_opt
  | variable_scope_opt STATUS show_filter_opt
  | variable_scope_opt VARIABLES show_filter_opt
  | show_full_opt PROCESSLIST
  | CHARSET show_filter_opt
  | CHAR SET show_filter_opt
  | COLLATION show_filter_opt
  | GRANTS
  | GRANTS FOR user
  | GRANTS FOR user USING users
  | PRIVILEGES
  | BINLOG EVENTS binlog_position
  | RELAYLOG EVENTS binlog_position channel_opt
  | RELAYLOG IDENT EVENTS binlog_position { mariadb }
  | RELAYLOG STRING EVENTS binlog_position { mariadb }
  | BINARY LOGS
  | MASTER LOGS { mariadb }
  | BINARY LOG STATUS
  | MASTER STATUS { mariadb }
  | BINLOG STATUS { mariadb }
  | replica_status channel_opt
  | REPLICAS { mysql }
  | REPLICA HOSTS { mariadb }
  | SLAVE HOSTS { mariadb }
  | CREATE DATABASE if_not_exists_opt IDENT
  | CREATE TABLE also_if_not_exists_opt target { show_table }
  | CREATE VIEW also_if_not_exists_opt target { show_table }
  | CREATE SEQUENCE target { show_table }
  | CREATE routine_kind routine_name
  | CREATE TRIGGER routine_name
  | CREATE EVENT routine_name
  | CREATE USER user
  | CREATE MASKING POLICY IDENT { mysql }
  | PROCEDURE STATUS show_filter_opt
  | FUNCTION STATUS show_filter_opt
  | LIBRARY STATUS show_filter_opt
  | PACKAGE STATUS show_filter_opt
  | PACKAGE BODY STATUS show_filter_opt
  | routine_kind CODE routine_name
  | AUTHORS
  | CONTRIBUTORS
  | EXPLAIN FOR expr { mariadb }
  | EXPLAIN FORMAT "=" name_or_text FOR expr { mariadb }
  | ANALYZE FOR expr { mariadb }
  | ANALYZE FORMAT "=" name_or_text FOR expr { mariadb }
  | IDENT show_filter_opt { mariadb }
  ;

show_full_opt:
    %empty
  | FULL
  | EXTENDED
  | EXTENDED FULL
  ;

extended_opt:
    %empty
  | EXTENDED
  ;

storage_opt:
    %empty
  | STORAGE
  ;

from_or_in:
    FROM
  | IN
  ;

in_schema_opt:
    %empty
  | from_or_in IDENT { in_schema }
  ;

show_filter_opt:
    %empty
  | show_like
  | WHERE expr
  ;

show_like:
    LIKE STRING
  ;

index_word:
    INDEX
  | INDEXES
  | KEYS
  ;

engine_report:
    STATUS
  | MUTEX
  | LOGS
  ;

variable_scope_opt:
    %empty
  | GLOBAL
  | SESSION
  | LOCAL
  ;

profile_kinds_opt:
    %empty
  | profile_kinds
  ;

profile_kinds:
    profile_kind
  | profile_kinds "," profile_kind
  ;

profile_kind:
    CPU
  | MEMORY
  | BLOCK IO
  | CONTEXT SWITCHES
  | PAGE FAULTS
  | IPC
  | SWAPS
  | SOURCE
  | ALL
  ;

for_query_opt:
    %empty
  | FOR QUERY INTEGER
  ;

binlog_position:
    binlog_file_opt binlog_from_opt limit_clause_opt
  ;

binlog_file_opt:
    %empty
  | IN STRING
  ;

binlog_from_opt:
    %empty
  | FROM INTEGER
  ;

channel_opt:
    %empty
  | FOR CHANNEL name_or_text
  ;

replica_status:
    REPLICA STATUS
  | SLAVE STATUS { mariadb }
  | REPLICA STRING STATUS { mariadb }
  | SLAVE STRING STATUS { mariadb }
  | ALL replica_or_slave STATUS { mariadb }
  ;

routine_kind:
    stored_kind
  | PACKAGE
  | PACKAGE BODY
  ;

stored_kind:
    PROCEDURE
  | FUNCTION
  | LIBRARY
  ;

diagnostics_statement:
    GET diagnostics_area_opt DIAGNOSTICS diagnostics_items
  | GET diagnostics_area_opt DIAGNOSTICS CONDITION diagnostics_number condition_items
  | SIGNAL signal_condition signal_set_opt
  | RESIGNAL signal_set_opt
  | RESIGNAL signal_condition signal_set_opt
  ;

diagnostics_area_opt:
    %empty
  | CURRENT { mariadb }
  | STACKED
  ;

diagnostics_items:
    diagnostics_item
  | diagnostics_items "," diagnostics_item
  ;

diagnostics_item:
    diagnostics_target "=" NUMBER
  | diagnostics_target "=" ROW_COUNT
  ;

condition_items:
    condition_item
  | condition_items "," condition_item
  ;

condition_item:
    diagnostics_target "=" signal_name
  | diagnostics_target "=" RANKING { mariadb }
  | diagnostics_target "=" RETURNED_SQLSTATE
  ;

diagnostics_target:
    USER_VARIABLE { into_variable }
  | IDENT
  ;

diagnostics_number:
    INTEGER
  | USER_VARIABLE { user_variable }
  | system_variable
  | STRING
  | NULL
  | IDENT
  ;

signal_condition:
    IDENT
  | SQLSTATE value_opt STRING
  ;

value_opt:
    %empty
  | VALUE
  ;

signal_set_opt:
    %empty
  | SET signal_items
  ;

signal_items:
    signal_name "=" signal_value
  | signal_items "," signal_name "=" signal_value
  ;

signal_value:
    literal
  | USER_VARIABLE { user_variable }
  | system_variable
  | IDENT
  | IDENT "." IDENT
  ;

signal_name:
    SIGNAL_ITEM
  | CATALOG_NAME
  | TABLE_NAME
  | COLUMN_NAME
  ;

/* ---- Tables: CREATE, ALTER, DROP, and the rest ---- */

definition_statement:
    CREATE or_replace_opt temporary_opt TABLE if_not_exists_opt target table_definition { create_table }
  | CREATE or_replace_opt index_kind INDEX also_if_not_exists_opt index_name index_type_opt ON target "(" key_parts ")" index_options index_ddl_options { create_index }
  | CREATE or_replace_opt DATABASE if_not_exists_opt IDENT database_options
  | CREATE or_replace_opt view_options VIEW if_not_exists_opt target column_names_opt AS inner_query check_option_opt { create_view }
  | CREATE or_replace_opt definer_opt TRIGGER if_not_exists_opt routine_name trigger_time trigger_event ON target FOR EACH ROW trigger_order_opt routine_body { create_trigger }
  | CREATE or_replace_opt definer_opt EVENT if_not_exists_opt routine_name ON SCHEDULE schedule event_completion_opt event_status_opt comment_opt DO routine_body
  | CREATE or_replace_opt definer_opt function_word if_not_exists_opt routine_name "(" function_parameters_opt ")" RETURNS type collate_opt routine_options routine_body
  | CREATE or_replace_opt definer_opt function_word if_not_exists_opt routine_name RETURNS udf_type SONAME STRING
  | CREATE or_replace_opt definer_opt PROCEDURE if_not_exists_opt routine_name "(" procedure_parameters_opt ")" routine_options routine_body
  | CREATE LIBRARY if_not_exists_opt routine_name library_options AS STRING { mysql }
  | CREATE LIBRARY if_not_exists_opt routine_name library_options AS DOLLAR_STRING { mysql }
  | CREATE or_replace_opt temporary_opt SEQUENCE if_not_exists_opt target sequence_options { create_table }
  | CREATE or_replace_opt SERVER also_if_not_exists_opt name_or_text FOREIGN DATA WRAPPER name_or_text OPTIONS "(" server_options ")"
  | CREATE or_replace_opt undo_opt TABLESPACE IDENT tablespace_options { mysql }
  | CREATE LOGFILE GROUP IDENT ADD log_file_kind STRING tablespace_options { mysql }
  | CREATE RESOURCE GROUP IDENT TYPE equals_opt resource_group_type vcpu_opt thread_priority_opt resource_group_state_opt { mysql }
  | CREATE or_replace_opt SPATIAL REFERENCE SYSTEM if_not_exists_opt INTEGER reference_system { mysql }
  | ALTER online_opt ignore_opt TABLE also_if_exists_opt target lock_tables_wait_opt alter_table { alter_table }
  | ALTER DATABASE schema_name_opt database_options_upgrade
  | CREATE or_replace_opt view_options JSON relational_opt DUALITY VIEW if_not_exists_opt target AS inner_query { create_view }
  | ALTER view_options JSON relational_opt DUALITY VIEW if_exists_opt target AS inner_query { create_view }
  | ALTER view_options VIEW also_if_exists_opt target column_names_opt AS inner_query check_option_opt { create_view }
  | ALTER definer_opt EVENT also_if_exists_opt routine_name event_schedule_opt event_rename_opt event_status_opt comment_opt event_body_opt
  | ALTER PROCEDURE routine_name routine_options
  | ALTER FUNCTION routine_name routine_options
  | ALTER LIBRARY routine_name COMMENT STRING { mysql }
  | ALTER SEQUENCE also_if_exists_opt target sequence_options { alter_table }
  | ALTER SERVER name_or_text OPTIONS "(" server_options ")"
  | ALTER undo_opt TABLESPACE IDENT tablespace_changes { mysql }
  | ALTER LOGFILE GROUP IDENT ADD log_file_kind STRING tablespace_options { mysql }
  | ALTER INSTANCE instance_action { mysql }
  | ALTER RESOURCE GROUP IDENT vcpu_opt thread_priority_opt resource_group_state_opt force_opt { mysql }
  | DROP temporary_opt table_word if_exists_opt tables drop_wait_opt drop_behaviour_opt { drop_table }
  | DROP VIEW if_exists_opt tables drop_behaviour_opt { drop_view }
  | DROP INDEX also_if_exists_opt index_name ON target drop_index_options { drop_index }
  | DROP DATABASE if_exists_opt IDENT
  | DROP TRIGGER if_exists_opt routine_name
  | DROP EVENT if_exists_opt routine_name
  | DROP stored_kind if_exists_opt routine_name
  | DROP temporary_opt SEQUENCE if_exists_opt tables { drop_table }
  | DROP SERVER if_exists_opt name_or_text
  | DROP undo_opt TABLESPACE IDENT tablespace_options { mysql }
  | DROP LOGFILE GROUP IDENT tablespace_options { mysql }
  | DROP RESOURCE GROUP IDENT force_opt { mysql }
  | CREATE MASKING POLICY rest { mysql }
  | ALTER MASKING POLICY rest { mysql }
  | DROP MASKING POLICY if_exists_opt IDENT { mysql }
  | DROP SPATIAL REFERENCE SYSTEM if_exists_opt INTEGER { mysql }
  | TRUNCATE TABLE target lock_tables_wait_opt { truncate }
  | TRUNCATE target lock_tables_wait_opt { truncate }
  | RENAME table_word also_if_exists_opt table_renames
  ;

or_replace_opt:
    %empty
  | OR REPLACE { or_replace }
  ;

temporary_opt:
    %empty
  | TEMPORARY { temporary }
  ;

online_opt:
    %empty
  | ONLINE
  ;

ignore_opt:
    %empty
  | IGNORE { mariadb }
  ;

undo_opt:
    %empty
  | UNDO
  ;

force_opt:
    %empty
  | FORCE
  ;

target:
    table_name { target }
  ;

drop_behaviour_opt:
    %empty
  | RESTRICT
  | CASCADE
  ;

drop_wait_opt:
    %empty
  | WAIT INTEGER { mariadb }
  | NOWAIT { mariadb }
  ;

table_renames:
    table_rename
  | table_renames "," table_rename
  ;

table_rename:
    table_name lock_tables_wait_opt TO table_name { rename }
  ;

table_definition:
    %empty
  | "(" table_elements ")" table_options partitioning_opt table_source_opt
  | table_option_list partitioning_opt table_source_opt
  | partitioning table_source_opt
  | table_source
  | LIKE table_name { like_table }
  | "(" LIKE table_name ")" { like_table }
  ;

table_source_opt:
    %empty
  | table_source
  ;

/* CREATE TABLE t AS SELECT ...; the AS may be missing, and a word may say what becomes of duplicates. */
table_source:
    inner_query { table_source }
  | AS inner_query { table_source }
  | IGNORE inner_query { table_source }
  | IGNORE AS inner_query { table_source }
  | REPLACE inner_query { table_source }
  | REPLACE AS inner_query { table_source }
  ;

table_elements:
    table_element
  | table_elements "," table_element
  ;

table_element:
    column_definition
  | key_definition
  | constraint_opt CHECK "(" expr ")" enforced_opt
  | PERIOD FOR_SYSTEM_TIME "(" IDENT "," IDENT ")"
  | PERIOD FOR IDENT "(" IDENT "," IDENT ")"
  ;

key_definition:
    key_word also_if_not_exists_opt index_name_opt index_type_opt "(" key_parts ")" index_options
  | FULLTEXT key_word_opt also_if_not_exists_opt index_name_opt "(" key_parts ")" index_options
  | SPATIAL key_word_opt also_if_not_exists_opt index_name_opt "(" key_parts ")" index_options
  | constraint_opt PRIMARY KEY also_if_not_exists_opt index_name_opt index_type_opt "(" key_parts ")" index_options
  | constraint_opt UNIQUE key_word_opt also_if_not_exists_opt index_name_opt index_type_opt "(" key_parts ")" index_options
  | constraint_opt FOREIGN KEY also_if_not_exists_opt index_name_opt "(" key_parts ")" references
  ;

key_word_opt:
    %empty
  | key_word
  ;

constraint_opt:
    %empty
  | CONSTRAINT
  | CONSTRAINT IDENT
  | CONSTRAINT IF NOT EXISTS IDENT { mariadb }
  ;

enforced_opt:
    %empty %prec SHORTER
  | ENFORCED
  | NOT ENFORCED
  ;

index_name_opt:
    %empty
  | IDENT
  ;

index_type_opt:
    %empty
  | index_type
  ;

index_type:
    USING index_algorithm
  | TYPE index_algorithm
  ;

index_algorithm:
    BTREE
  | RTREE
  | HASH
  ;

index_kind:
    %empty
  | UNIQUE
  | FULLTEXT
  | SPATIAL
  ;

key_parts:
    key_part
  | key_parts "," key_part
  ;

key_part:
    IDENT length_opt direction_opt
  | "(" expr ")" direction_opt
  | IDENT WITHOUT OVERLAPS
  ;

direction_opt:
    %empty
  | ASC
  | DESC
  ;

index_options:
    %empty
  | index_options index_option
  ;

index_option:
    index_type
  | KEY_BLOCK_SIZE equals_opt INTEGER
  | COMMENT STRING
  | VISIBLE
  | INVISIBLE
  | IGNORED
  | NOT IGNORED
  | WITH PARSER IDENT
  | ENGINE_ATTRIBUTE equals_opt STRING
  | SECONDARY_ENGINE_ATTRIBUTE equals_opt STRING
  | IDENT "=" option_value { mariadb }
  ;

drop_index_options:
    %empty
  | drop_index_options ALGORITHM equals_opt option_word { mysql }
  | drop_index_options LOCK equals_opt option_word { mysql }
  | drop_index_options WAIT INTEGER { mariadb }
  | drop_index_options NOWAIT { mariadb }
  ;

index_ddl_options:
    %empty
  | index_ddl_options ALGORITHM equals_opt option_word
  | index_ddl_options LOCK equals_opt option_word
  | index_ddl_options WAIT INTEGER { mariadb }
  | index_ddl_options NOWAIT { mariadb }
  ;

option_word:
    IDENT
  | DEFAULT
  ;

references:
    REFERENCES table_name reference_columns_opt reference_options %prec SHORTER { references }
  ;

reference_columns_opt:
    %empty
  | "(" key_parts ")"
  ;

reference_options:
    match_opt %prec SHORTER
  | match_opt ON UPDATE reference_action %prec SHORTER
  | match_opt ON DELETE reference_action %prec SHORTER
  | match_opt ON UPDATE reference_action ON DELETE reference_action
  | match_opt ON DELETE reference_action ON UPDATE reference_action
  ;

match_opt:
    %empty
  | MATCH IDENT
  ;

reference_action:
    RESTRICT
  | CASCADE
  | SET NULL
  | SET DEFAULT
  | NO ACTION
  ;

column_definition:
    column column_type column_attributes
  ;

column_type:
    type
  | SERIAL
  ;

column_attributes:
    %empty
  | column_attributes column_attribute
  ;

column_attribute:
    NULL
  | NOT NULL
  | NOT SECONDARY
  | DEFAULT operand %prec WHOLE { default }
  | ON UPDATE now
  | ON UPDATE now_mariadb { mariadb }
  | AUTO_INCREMENT
  | SERIAL DEFAULT VALUE
  | primary_opt KEY
  | UNIQUE %prec SHORTER
  | UNIQUE KEY
  | COMMENT STRING
  | COLLATE collation_name
  | COLLATE DEFAULT { mariadb }
  | COLUMN_FORMAT option_word
  | STORAGE option_word
  | SRID INTEGER
  | constraint_opt CHECK "(" expr ")" enforced_opt
  | references
  | CONSTRAINT IDENT references { mariadb }
  | VIRTUAL
  | STORED
  | PERSISTENT
  | VISIBLE
  | INVISIBLE
  | COMPRESSED compression_method_opt charset_attribute_opt { mariadb }
  | ENGINE_ATTRIBUTE equals_opt STRING
  | SECONDARY_ENGINE_ATTRIBUTE equals_opt STRING
  | WITH_SYSTEM VERSIONING
  | WITHOUT SYSTEM VERSIONING
  | GENERATED ALWAYS AS generated
  | AS generated
  | REF_SYSTEM_ID "=" INTEGER
  | IDENT "=" option_value { mariadb }
  ;

generated:
    "(" expr ")"
  | ROW START
  | ROW END
  ;

now_mariadb:
    CLOCK
  ;

compression_method_opt:
    %empty
  | "=" IDENT
  ;

primary_opt:
    %empty
  | PRIMARY
  ;

option_value:
    IDENT
  | STRING
  | INTEGER
  | DEFAULT
  ;

type:
    integer_type length_opt numeric_attributes
  | REAL decimals_opt numeric_attributes
  | DOUBLE decimals_opt numeric_attributes
  | DOUBLE PRECISION decimals_opt numeric_attributes
  | FLOAT decimals_opt numeric_attributes
  | DECIMAL decimals_opt numeric_attributes
  | FIXED decimals_opt numeric_attributes
  | BIT length_opt
  | BOOL
  | BOOLEAN
  | CHAR length_opt charset_attribute_opt
  | CHAR VARYING length charset_attribute_opt
  | NCHAR length_opt binary_opt
  | NCHAR VARYING length binary_opt
  | NCHAR VARCHAR length binary_opt
  | NATIONAL CHAR length_opt binary_opt
  | NATIONAL CHAR VARYING length binary_opt
  | NATIONAL VARCHAR length binary_opt
  | NVARCHAR length binary_opt
  | BINARY length_opt
  | VARBINARY length
  | VARCHAR length charset_attribute_opt
  | YEAR length_opt numeric_attributes
  | DATE
  | TIME precision_opt
  | TIMESTAMP precision_opt
  | DATETIME precision_opt
  | TINYBLOB
  | BLOB length_opt
  | MEDIUMBLOB
  | LONGBLOB
  | LONG VARBINARY
  | LONG charset_attribute_opt
  | LONG CHAR VARYING charset_attribute_opt
  | LONG VARCHAR charset_attribute_opt
  | TINYTEXT charset_attribute_opt
  | TEXT length_opt charset_attribute_opt
  | MEDIUMTEXT charset_attribute_opt
  | LONGTEXT charset_attribute_opt
  | ENUM "(" text_list ")" charset_attribute_opt
  | SET "(" text_list ")" charset_attribute_opt
  | JSON
  | VECTOR length_opt
  | spatial_type
  | IDENT %prec SHORTER { mariadb }
  | IDENT "." type { mariadb }
  | IDENT "(" INTEGER ")" { mariadb }
  ;

integer_type:
    INT
  | TINYINT
  | SMALLINT
  | MEDIUMINT
  | BIGINT
  ;

numeric_attributes:
    %empty
  | numeric_attributes SIGNED
  | numeric_attributes UNSIGNED
  | numeric_attributes ZEROFILL
  ;

text_list:
    text_value
  | text_list "," text_value
  ;

table_options:
    %empty
  | table_option_list
  ;

table_option_list:
    table_option
  | table_option_list table_option
  | table_option_list "," table_option
  ;

table_option:
    ENGINE equals_opt name_or_text
  | TYPE equals_opt name_or_text
  | SECONDARY_ENGINE equals_opt NULL
  | SECONDARY_ENGINE equals_opt name_or_text
  | default_opt charset_word equals_opt charset_name
  | default_opt charset_word equals_opt DEFAULT { mariadb }
  | default_opt COLLATE equals_opt collation_name
  | default_opt COLLATE equals_opt DEFAULT { mariadb }
  | UNION equals_opt "(" tables_opt ")"
  | DATA DIRECTORY equals_opt STRING
  | INDEX DIRECTORY equals_opt STRING
  | TABLESPACE equals_opt IDENT
  | STORAGE option_word
  | COMMENT equals_opt STRING
  | named_option equals_opt table_option_value
  | SIZE_OPTION equals_opt size
  | WITH_SYSTEM VERSIONING
  | SEQUENCE equals_opt INTEGER
  | SEQUENCE equals_opt DEFAULT
  | START TRANSACTION { mysql }
  | IDENT "=" option_value { mariadb }
  ;

named_option:
    TABLE_OPTION
  | PAGE_CHECKSUM
  | AUTO_INCREMENT
  | KEY_BLOCK_SIZE
  | CHECKSUM
  | PASSWORD
  | CONNECTION
  | ENCRYPTION
  | ENGINE_ATTRIBUTE
  | SECONDARY_ENGINE_ATTRIBUTE
  ;

default_opt:
    %empty
  | DEFAULT
  ;

table_option_value:
    INTEGER
  | STRING
  | IDENT
  | DEFAULT
  ;

tables_opt:
    %empty
  | table_list
  ;

table_list:
    table_name { union_table }
  | table_list "," table_name { union_table }
  ;

partitioning_opt:
    %empty
  | partitioning
  ;

partitioning:
    PARTITION BY partition_method partition_count_opt subpartition_opt partition_definitions_opt
  ;

partition_method:
    linear_opt HASH "(" bit_expr ")"
  | linear_opt KEY key_algorithm_opt "(" names_opt ")"
  | RANGE "(" bit_expr ")"
  | RANGE COLUMNS "(" name_list ")"
  | LIST "(" bit_expr ")"
  | LIST COLUMNS "(" name_list ")"
  | SYSTEM_TIME system_time_partitions
  ;

system_time_partitions:
    %empty
  | system_time_partitions INTERVAL expr unit partition_start_opt
  | system_time_partitions LIMIT INTEGER
  | system_time_partitions AUTO
  ;

partition_start_opt:
    %empty
  | STARTS literal
  | STARTS NOW "(" ")"
  | STARTS "(" expr ")"
  ;

linear_opt:
    %empty
  | LINEAR
  ;

key_algorithm_opt:
    %empty
  | ALGORITHM "=" INTEGER
  ;

names_opt:
    %empty
  | name_list
  ;

partition_count_opt:
    %empty
  | PARTITIONS INTEGER
  ;

subpartition_opt:
    %empty
  | SUBPARTITION BY linear_opt HASH "(" bit_expr ")" subpartition_count_opt
  | SUBPARTITION BY linear_opt KEY key_algorithm_opt "(" name_list ")" subpartition_count_opt
  ;

subpartition_count_opt:
    %empty
  | SUBPARTITIONS INTEGER
  ;

partition_definitions_opt:
    %empty %prec SHORTER
  | "(" partition_definitions ")"
  ;

partition_definitions:
    partition_definition
  | partition_definitions "," partition_definition
  ;

partition_definition:
    PARTITION IDENT partition_values_opt partition_options subpartitions_opt
  | IDENT partition_values_opt partition_options subpartitions_opt { mariadb }
  ;

partition_values_opt:
    %empty
  | VALUES LESS THAN MAXVALUE
  | VALUES LESS THAN "(" partition_values ")"
  | VALUES IN "(" partition_values ")"
  | HISTORY { mariadb }
  | CURRENT { mariadb }
  | DEFAULT { mariadb }
  ;

partition_values:
    partition_value
  | partition_values "," partition_value
  ;

partition_value:
    bit_expr
  | MAXVALUE
  ;

partition_options:
    %empty
  | partition_options partition_option
  ;

partition_option:
    storage_opt ENGINE equals_opt name_or_text
  | TABLESPACE equals_opt IDENT
  | NODEGROUP equals_opt INTEGER
  | COMMENT equals_opt STRING
  | DATA DIRECTORY equals_opt STRING
  | INDEX DIRECTORY equals_opt STRING
  | TABLE_OPTION equals_opt INTEGER
  | IDENT "=" option_value { mariadb }
  ;

subpartitions_opt:
    %empty
  | "(" subpartitions ")"
  ;

subpartitions:
    SUBPARTITION name_or_text partition_options
  | subpartitions "," SUBPARTITION name_or_text partition_options
  ;

alter_table:
    %empty
  | alter_items
  | alter_items partitioning
  | alter_items REMOVE PARTITIONING
  | alter_items "," partition_change
  | partition_change
  ;

alter_items:
    alter_item
  | alter_items "," alter_item
  ;

alter_item:
    ADD column_word_opt also_if_not_exists_opt column_definition column_place_opt
  | ADD column_word_opt also_if_not_exists_opt "(" table_elements ")"
  | ADD key_definition
  | ADD constraint_opt CHECK "(" expr ")" enforced_opt
  | ADD PERIOD also_if_not_exists_opt FOR_SYSTEM_TIME "(" IDENT "," IDENT ")"
  | ADD PERIOD also_if_not_exists_opt FOR IDENT "(" IDENT "," IDENT ")"
  | ADD SYSTEM VERSIONING
  | DROP column_word_opt also_if_exists_opt IDENT drop_behaviour_opt
  | DROP key_word also_if_exists_opt index_name
  | DROP PRIMARY KEY
  | DROP FOREIGN KEY also_if_exists_opt IDENT
  | DROP CHECK IDENT
  | DROP CONSTRAINT also_if_exists_opt IDENT
  | DROP PERIOD also_if_exists_opt FOR_SYSTEM_TIME
  | DROP PERIOD also_if_exists_opt FOR IDENT
  | DROP SYSTEM VERSIONING
  | CHANGE column_word_opt also_if_exists_opt IDENT column_definition column_place_opt
  | MODIFY column_word_opt also_if_exists_opt column_definition column_place_opt
  | ALTER column_word_opt also_if_exists_opt IDENT SET DEFAULT operand { alter_default }
  | ALTER column_word_opt also_if_exists_opt IDENT DROP DEFAULT
  | ALTER column_word_opt also_if_exists_opt IDENT SET VISIBLE
  | ALTER column_word_opt also_if_exists_opt IDENT SET INVISIBLE
  | ALTER key_word also_if_exists_opt index_name VISIBLE
  | ALTER key_word also_if_exists_opt index_name INVISIBLE
  | ALTER key_word also_if_exists_opt index_name IGNORED
  | ALTER key_word also_if_exists_opt index_name NOT IGNORED
  | ALTER CHECK IDENT enforced_opt
  | ALTER CONSTRAINT IDENT enforced_opt
  | RENAME rename_word_opt table_name { rename_to }
  | RENAME key_word also_if_exists_opt index_name TO index_name
  | RENAME COLUMN also_if_exists_opt IDENT TO IDENT
  | CONVERT TO charset_word charset_or_default collate_equals_opt
  | ORDER BY alter_order %prec SHORTER
  | ENABLE KEYS
  | DISABLE KEYS
  | DISCARD TABLESPACE
  | IMPORT TABLESPACE
  | FORCE
  | UPGRADE PARTITIONING
  | ALGORITHM equals_opt option_word
  | LOCK equals_opt option_word
  | WITH VALIDATION
  | WITHOUT VALIDATION
  | alter_options
  ;

/* Options without commas between them are one change. */
alter_options:
    table_option
  | alter_options table_option
  ;

charset_or_default:
    charset_name
  | DEFAULT
  ;

collate_equals_opt:
    %empty
  | COLLATE equals_opt collation_name
  | COLLATE equals_opt DEFAULT { mariadb }
  ;

rename_word_opt:
    %empty
  | TO
  | AS
  | "="
  ;

alter_order:
    alter_order_item
  | alter_order "," alter_order_item
  ;

alter_order_item:
    column direction_opt
  ;

column_word_opt:
    %empty
  | COLUMN
  ;

column_place_opt:
    %empty
  | FIRST
  | AFTER IDENT
  ;

partition_change:
    partitioning
  | REMOVE PARTITIONING
  | ADD PARTITION also_if_not_exists_opt log_word_opt "(" partition_definitions ")"
  | ADD PARTITION also_if_not_exists_opt log_word_opt PARTITIONS INTEGER
  | DROP PARTITION also_if_exists_opt name_list
  | TRUNCATE PARTITION partitions
  | COALESCE PARTITION log_word_opt INTEGER
  | REORGANIZE PARTITION log_word_opt
  | REORGANIZE PARTITION log_word_opt name_list INTO "(" partition_definitions ")"
  | EXCHANGE PARTITION IDENT WITH TABLE table_name validation_opt { exchange }
  | CONVERT PARTITION IDENT TO TABLE table_name { mariadb exchange }
  | CONVERT TABLE table_name TO partition_definition { mariadb exchange }
  | REBUILD PARTITION log_word_opt partitions
  | OPTIMIZE PARTITION log_word_opt partitions
  | ANALYZE PARTITION log_word_opt partitions
  | CHECK PARTITION partitions check_kinds
  | REPAIR PARTITION log_word_opt partitions repair_kinds
  | DISCARD PARTITION partitions TABLESPACE
  | IMPORT PARTITION partitions TABLESPACE
  | SECONDARY_LOAD
  | SECONDARY_UNLOAD
  | SECONDARY_LOAD PARTITION "(" name_list ")"
  | SECONDARY_UNLOAD PARTITION "(" name_list ")"
  ;

validation_opt:
    %empty
  | WITH VALIDATION
  | WITHOUT VALIDATION
  ;

partitions:
    ALL
  | name_list
  ;

log_word_opt:
    %empty
  | NO_WRITE_TO_BINLOG
  | LOCAL
  ;

sequence_options:
    %empty
  | sequence_options sequence_option
  ;

sequence_option:
    START signed_integer
  | START WITH signed_integer
  | START "=" signed_integer
  | RESTART
  | RESTART signed_integer
  | RESTART WITH signed_integer
  | RESTART "=" signed_integer
  | INCREMENT signed_integer
  | INCREMENT BY signed_integer
  | INCREMENT "=" signed_integer
  | MINVALUE equals_opt signed_integer
  | MAXVALUE equals_opt signed_integer
  | NO MINVALUE
  | NO MAXVALUE
  | NOMINVALUE
  | NOMAXVALUE
  | CACHE equals_opt signed_integer
  | NOCACHE
  | NO CACHE
  | CYCLE
  | NOCYCLE
  | NO CYCLE
  | ENGINE equals_opt name_or_text
  | COMMENT equals_opt STRING
  | named_option equals_opt table_option_value
  ;

server_options:
    server_option
  | server_options "," server_option
  ;

server_option:
    DATABASE STRING
  | IDENT STRING
  | IDENT INTEGER
  ;

log_file_kind:
    UNDOFILE
  | REDOFILE
  ;

tablespace_options:
    %empty
  | tablespace_options tablespace_option
  | tablespace_options "," tablespace_option
  ;

tablespace_option:
    ADD DATAFILE STRING
  | USE LOGFILE GROUP IDENT
  | storage_opt ENGINE equals_opt name_or_text
  | SIZE_OPTION equals_opt size
  | NODEGROUP equals_opt INTEGER
  | COMMENT equals_opt STRING
  | ENCRYPTION equals_opt STRING
  | ENGINE_ATTRIBUTE equals_opt STRING
  | WAIT
  | NO_WAIT
  ;

tablespace_changes:
    tablespace_options
  | DROP DATAFILE STRING tablespace_options
  | RENAME TO IDENT
  | SET ACTIVE tablespace_options
  | SET INACTIVE tablespace_options
  ;

database_options:
    %empty
  | database_options database_option
  ;

database_option:
    default_opt charset_word equals_opt charset_name
  | default_opt charset_word equals_opt DEFAULT { mariadb }
  | default_opt COLLATE equals_opt collation_name
  | default_opt COLLATE equals_opt DEFAULT { mariadb }
  | default_opt ENCRYPTION equals_opt STRING
  | READ ONLY equals_opt option_value { mysql }
  | COMMENT equals_opt STRING { mariadb }
  ;

schema_name_opt:
    %empty
  | IDENT
  ;

database_options_upgrade:
    database_option database_options
  | UPGRADE DATA DIRECTORY NAME { mariadb }
  ;

view_options:
    definer_opt
  | definer_opt SQL SECURITY security_kind
  | ALGORITHM "=" IDENT definer_opt
  | ALGORITHM "=" IDENT definer_opt SQL SECURITY security_kind
  ;

security_kind:
    DEFINER
  | INVOKER
  ;

definer_opt:
    %empty
  | DEFINER "=" user
  ;

check_option_opt:
    %empty
  | WITH CHECK OPTION
  | WITH CASCADED CHECK OPTION
  | WITH LOCAL CHECK OPTION
  ;

trigger_time:
    BEFORE
  | AFTER
  ;

trigger_event:
    INSERT
  | UPDATE
  | DELETE
  ;

trigger_order_opt:
    %empty
  | FOLLOWS IDENT
  | PRECEDES IDENT
  ;

schedule:
    AT expr
  | EVERY expr unit schedule_limits
  ;

schedule_limits:
    %empty
  | schedule_limits STARTS expr
  | schedule_limits ENDS expr
  ;

event_schedule_opt:
    %empty
  | ON SCHEDULE schedule event_completion_opt
  | ON COMPLETION PRESERVE
  | ON COMPLETION NOT PRESERVE
  ;

event_completion_opt:
    %empty
  | ON COMPLETION PRESERVE
  | ON COMPLETION NOT PRESERVE
  ;

event_status_opt:
    %empty
  | ENABLE
  | DISABLE
  | DISABLE ON REPLICA
  | DISABLE ON SLAVE
  ;

comment_opt:
    %empty
  | COMMENT STRING
  ;

event_rename_opt:
    %empty
  | RENAME TO routine_name
  ;

event_body_opt:
    %empty
  | DO routine_body
  ;

udf_type:
    IDENT
  | INT
  | REAL
  | DECIMAL
  ;

function_word:
    FUNCTION
  | AGGREGATE_WORD FUNCTION
  ;

function_parameters_opt:
    %empty
  | parameters
  | parameters_with_mode { mariadb }
  ;

procedure_parameters_opt:
    %empty
  | parameters
  | parameters_with_mode
  ;

parameters:
    IDENT parameter_type
  | parameters "," IDENT parameter_type
  ;

/* From the first that says which way it goes on. */
parameters_with_mode:
    parameter_mode IDENT parameter_type
  | parameters "," parameter_mode IDENT parameter_type
  | parameters_with_mode "," IDENT parameter_type
  | parameters_with_mode "," parameter_mode IDENT parameter_type
  ;

parameter_mode:
    IN
  | OUT
  | INOUT
  ;

parameter_type:
    type collate_opt
  | ROW row_type { mariadb }
  | TYPE OF variable_type { mariadb }
  ;

row_type:
    "(" parameters ")"
  | TYPE OF routine_name
  ;

variable_type:
    routine_name
  | IDENT "." IDENT "." IDENT
  ;

routine_options:
    %empty
  | routine_options routine_option
  ;

routine_option:
    COMMENT STRING
  | LANGUAGE IDENT
  | LANGUAGE SQL
  | DETERMINISTIC
  | NOT DETERMINISTIC
  | CONTAINS SQL
  | NO SQL
  | READS SQL DATA
  | MODIFIES SQL DATA
  | SQL SECURITY security_kind
  | USING "(" ")" { mysql }
  | USING "(" library_list ")" { mysql }
  ;

library_options:
    LANGUAGE IDENT
  | COMMENT STRING
  | library_options LANGUAGE IDENT
  | library_options COMMENT STRING
  ;

library_list:
    routine_name select_alias_opt
  | library_list "," routine_name select_alias_opt
  ;

/* What changes no table and no session is read no further than to know what it is. */
relational_opt:
    %empty
  | RELATIONAL
  ;

resource_group_type:
    SYSTEM
  | USER
  ;

vcpu_opt:
    %empty
  | VCPU equals_opt vcpus
  ;

vcpus:
    vcpu_range
  | vcpus vcpu_range
  | vcpus "," vcpu_range
  ;

vcpu_range:
    INTEGER
  | INTEGER "-" INTEGER
  ;

thread_priority_opt:
    %empty
  | THREAD_PRIORITY equals_opt INTEGER
  | THREAD_PRIORITY equals_opt "-" INTEGER
  ;

resource_group_state_opt:
    %empty
  | ENABLE
  | DISABLE
  ;

reference_system:
    %empty
  | reference_system NAME STRING
  | reference_system DEFINITION STRING
  | reference_system ORGANIZATION STRING IDENTIFIED BY INTEGER
  | reference_system DESCRIPTION STRING
  ;

instance_action:
    ROTATE IDENT MASTER KEY
  | ROTATE BINLOG MASTER KEY
  | RELOAD KEYRING
  | RELOAD TLS instance_channel_opt no_rollback_opt
  | ENABLE IDENT IDENT
  | DISABLE IDENT IDENT
  ;

instance_channel_opt:
    %empty
  | FOR CHANNEL IDENT
  ;

no_rollback_opt:
    %empty
  | NO ROLLBACK ON ERROR
  ;

clone_directory_opt:
    %empty
  | DATA DIRECTORY equals_opt STRING
  ;

clone_ssl_opt:
    %empty
  | REQUIRE SSL
  | REQUIRE NO SSL
  ;

rest:
    %empty { rest }
  ;

/* ---- Accounts ---- */

account_statement:
    CREATE or_replace_opt USER if_not_exists_opt user_specs default_roles_opt require_opt resources_opt account_options account_note_opt
  | ALTER USER if_exists_opt user_changes require_opt resources_opt account_options account_note_opt
  | ALTER USER if_exists_opt user DEFAULT ROLE default_roles
  | ALTER USER if_exists_opt user factor_registration
  | ALTER USER if_exists_opt USER "(" ")" authentication retain_password_opt
  | ALTER USER if_exists_opt USER "(" ")" DISCARD OLD PASSWORD
  | ALTER USER if_exists_opt USER "(" ")" factor_registration
  | DROP USER if_exists_opt users
  | RENAME USER user_renames
  | CREATE or_replace_opt ROLE if_not_exists_opt users role_admin_opt
  | DROP ROLE if_exists_opt users
  | GRANT grant_items ON grant_object TO grantees grant_require_opt grant_options grant_as_opt
  | GRANT PROXY ON user TO grantees grant_options
  | GRANT grant_items TO grantees with_admin_opt
  | REVOKE revoke_if_exists_opt grant_items ON grant_object FROM users ignore_unknown_opt
  | REVOKE revoke_if_exists_opt PROXY ON user FROM users ignore_unknown_opt
  | REVOKE revoke_if_exists_opt grant_items FROM users ignore_unknown_opt
  | REVOKE ADMIN OPTION FOR user FROM users { mariadb }
  ;

grantees:
    grantee
  | grantees "," grantee
  ;

grantee:
    user
  | user authentication { mariadb }
  ;

grant_require_opt:
    %empty
  | REQUIRE NONE { mariadb }
  | REQUIRE SSL { mariadb }
  | REQUIRE X509 { mariadb }
  | REQUIRE tls_conditions { mariadb }
  ;

user_specs:
    user_spec
  | user_specs "," user_spec
  ;

user_spec:
    user
  | user authentication
  | user authentication INITIAL AUTHENTICATION authentication
  | user authentication AND authentication
  | user authentication AND authentication AND authentication
  ;

authentication:
    IDENTIFIED BY STRING replace_password_opt
  | IDENTIFIED BY PASSWORD STRING { mariadb }
  | IDENTIFIED BY RANDOM PASSWORD replace_password_opt
  | IDENTIFIED WITH name_or_text %prec SHORTER
  | IDENTIFIED WITH name_or_text AS text_value
  | IDENTIFIED WITH name_or_text BY STRING replace_password_opt
  | IDENTIFIED WITH name_or_text BY RANDOM PASSWORD
  | IDENTIFIED WITH name_or_text USING STRING { mariadb }
  | IDENTIFIED WITH name_or_text using_or_as PASSWORD "(" STRING ")" { mariadb }
  | IDENTIFIED VIA plugins { mariadb }
  ;

plugins:
    plugin
  | plugins OR plugin
  ;

plugin:
    name_or_text %prec SHORTER
  | name_or_text using_or_as STRING
  | name_or_text using_or_as PASSWORD "(" STRING ")"
  ;

using_or_as:
    USING
  | AS
  ;

user_changes:
    user_change
  | user_changes "," user_change
  ;

user_change:
    user_spec
  | user authentication RETAIN CURRENT PASSWORD
  | user DISCARD OLD PASSWORD
  | user factor_changes
  ;

factor_changes:
    factor_change
  | factor_changes factor_change
  ;

factor_change:
    ADD INTEGER FACTOR authentication
  | MODIFY INTEGER FACTOR authentication
  | DROP INTEGER FACTOR
  ;

factor_registration:
    INTEGER FACTOR UNREGISTER
  | INTEGER FACTOR INITIATE REGISTRATION
  | INTEGER FACTOR FINISH REGISTRATION SET CHALLENGE_RESPONSE AS text_value
  ;

default_roles_opt:
    %empty
  | DEFAULT ROLE users
  ;

default_roles:
    NONE
  | ALL
  | users
  ;

require_opt:
    %empty
  | REQUIRE NONE
  | REQUIRE SSL
  | REQUIRE X509
  | REQUIRE tls_conditions
  ;

tls_conditions:
    tls_condition
  | tls_conditions tls_condition
  | tls_conditions AND tls_condition
  ;

tls_condition:
    CIPHER STRING
  | ISSUER STRING
  | SUBJECT STRING
  ;

resources_opt:
    %empty
  | WITH resources
  ;

resources:
    resource
  | resources resource
  ;

resource:
    RESOURCE_LIMIT signed_number
  ;

signed_number:
    signed_integer
  | DECIMAL_NUMBER
  | "-" DECIMAL_NUMBER
  ;

account_options:
    %empty
  | account_options account_option
  ;

account_option:
    PASSWORD EXPIRE
  | PASSWORD EXPIRE DEFAULT
  | PASSWORD EXPIRE NEVER
  | PASSWORD EXPIRE INTERVAL INTEGER UNIT
  | PASSWORD HISTORY DEFAULT
  | PASSWORD HISTORY INTEGER
  | PASSWORD REUSE INTERVAL DEFAULT
  | PASSWORD REUSE INTERVAL INTEGER UNIT
  | PASSWORD REQUIRE CURRENT
  | PASSWORD REQUIRE CURRENT DEFAULT
  | PASSWORD REQUIRE CURRENT OPTIONAL
  | FAILED_LOGIN_ATTEMPTS INTEGER
  | PASSWORD_LOCK_TIME INTEGER
  | PASSWORD_LOCK_TIME UNBOUNDED
  | ACCOUNT LOCK
  | ACCOUNT UNLOCK
  ;

account_note_opt:
    %empty
  | COMMENT STRING
  | ATTRIBUTE STRING
  ;

grant_options:
    %empty
  | WITH grant_option_list
  ;

grant_option_list:
    GRANT OPTION
  | resource { mariadb }
  | grant_option_list GRANT OPTION
  | grant_option_list resource { mariadb }
  ;

grant_as_opt:
    %empty
  | AS user
  | AS user WITH ROLE role_set
  ;

user_renames:
    user TO user
  | user_renames "," user TO user
  ;

with_admin_opt:
    %empty
  | WITH ADMIN OPTION
  ;

role_admin_opt:
    %empty
  | WITH ADMIN user { mariadb }
  ;

revoke_if_exists_opt:
    %empty
  | IF EXISTS { mysql }
  ;

ignore_unknown_opt:
    %empty
  | IGNORE UNKNOWN USER { mysql }
  ;

grant_items:
    grant_item
  | grant_items "," grant_item
  ;

grant_item:
    privilege column_names_opt
  | user
  | IDENT "(" name_list ")"
  ;

privilege:
    SELECT
  | INSERT
  | UPDATE
  | DELETE
  | REFERENCES
  | USAGE
  | INDEX
  | ALTER
  | CREATE
  | DROP
  | TRIGGER
  | EVENT
  | EXECUTE
  | RELOAD
  | SHUTDOWN
  | PROCESS
  | FILE
  | SUPER
  | ALL
  | ALL PRIVILEGES
  | GRANT OPTION
  | SHOW DATABASES
  | SHOW VIEW
  | SHOW CREATE ROUTINE
  | CREATE TEMPORARY TABLES
  | CREATE VIEW
  | CREATE ROUTINE
  | CREATE USER
  | CREATE TABLESPACE { mysql }
  | CREATE ROLE
  | DROP ROLE
  | ALTER ROUTINE
  | LOCK TABLES
  | REPLICATION SLAVE
  | REPLICATION CLIENT
  | DELETE HISTORY { mariadb }
  | SET USER { mariadb }
  | READ ONLY ADMIN { mariadb }
  | READ_ONLY ADMIN { mariadb }
  | REPLICATION REPLICA { mariadb }
  | REPLICATION SLAVE ADMIN { mariadb }
  | REPLICATION REPLICA ADMIN { mariadb }
  | REPLICATION MASTER ADMIN { mariadb }
  | BINLOG MONITOR { mariadb }
  | BINLOG ADMIN { mariadb }
  | BINLOG REPLAY { mariadb }
  | SLAVE MONITOR { mariadb }
  | REPLICA MONITOR { mariadb }
  | CONNECTION ADMIN { mariadb }
  | FEDERATED ADMIN { mariadb }
  ;

grant_object:
    object_kind_opt "*"
  | object_kind_opt "*" "." "*"
  | object_kind_opt IDENT "." "*"
  | object_kind_opt IDENT
  | object_kind_opt IDENT "." IDENT
  ;

object_kind_opt:
    %empty
  | TABLE
  | stored_kind
  | PACKAGE
  | SEQUENCE
  ;

/* ---- Maintenance, caches, logs ---- */

table_maintenance:
    ANALYZE TABLE tables analyze_rest { maintain }
  | ANALYZE TABLES tables analyze_rest { maintain }
  | ANALYZE LOCAL table_word tables analyze_rest { maintain }
  | ANALYZE NO_WRITE_TO_BINLOG table_word tables analyze_rest { maintain }
  | CHECK table_word tables check_kinds { maintain }
  | CHECK VIEW tables check_kinds { mariadb maintain }
  | CHECKSUM table_word tables checksum_kind_opt { maintain }
  | OPTIMIZE log_word_opt table_word tables lock_tables_wait_opt { maintain }
  | REPAIR log_word_opt table_word tables repair_kinds { maintain }
  | REPAIR log_word_opt VIEW tables repair_kinds { mariadb maintain }
  | CACHE INDEX cached_tables IN cache_name { maintain }
  ;

analyze_rest:
    %empty
  | UPDATE HISTOGRAM ON name_list histogram_rest
  | DROP HISTOGRAM ON name_list
  | PERSISTENT FOR ALL
  | PERSISTENT FOR COLUMNS analyze_list INDEXES analyze_list
  ;

analyze_list:
    ALL
  | "(" index_names_opt ")"
  ;

histogram_rest:
    histogram_buckets_opt histogram_update_opt
  | USING DATA STRING
  ;

histogram_buckets_opt:
    %empty
  | WITH INTEGER BUCKETS
  ;

histogram_update_opt:
    %empty
  | MANUAL UPDATE
  | AUTO UPDATE
  ;

check_kinds:
    %empty
  | check_kinds check_kind
  ;

check_kind:
    FOR UPGRADE
  | QUICK
  | FAST
  | MEDIUM
  | EXTENDED
  | CHANGED
  ;

checksum_kind_opt:
    %empty
  | QUICK
  | EXTENDED
  ;

repair_kinds:
    %empty
  | repair_kinds QUICK
  | repair_kinds EXTENDED
  | repair_kinds USE_FRM
  | repair_kinds FROM MYSQL
  | repair_kinds FOR UPGRADE { mariadb }
  | repair_kinds FORCE { mariadb }
  ;

cached_tables:
    cached_table
  | cached_tables "," cached_table
  ;

cached_table:
    target cached_partition_opt cached_keys_opt ignore_leaves_opt
  ;

cached_partition_opt:
    %empty
  | PARTITION "(" partitions ")"
  ;

cached_keys_opt:
    %empty
  | key_word "(" index_names_opt ")"
  ;

ignore_leaves_opt:
    %empty
  | IGNORE LEAVES
  ;

cache_name:
    IDENT
  | DEFAULT
  ;

flush_statement:
    FLUSH log_word_opt flush_items
  | FLUSH log_word_opt table_word { flush_tables }
  | FLUSH log_word_opt table_word WITH READ LOCK { flush_tables }
  | FLUSH log_word_opt table_word WITH READ LOCK AND DISABLE CHECKPOINT { flush_tables }
  | FLUSH log_word_opt table_word tables flush_lock_opt { flush_tables }
  ;

flush_lock_opt:
    %empty
  | WITH READ LOCK
  | FOR EXPORT
  ;

flush_items:
    flush_item
  | flush_items "," flush_item
  ;

flush_item:
    ERROR LOGS
  | ENGINE LOGS
  | GENERAL LOGS
  | SLOW LOGS
  | BINARY LOGS
  | BINARY LOGS DELETE_DOMAIN_ID "=" "(" integers_opt ")"
  | RELAY LOGS channel_opt
  | RELAY LOGS STRING
  | QUERY CACHE { mariadb }
  | HOSTS { mariadb }
  | PRIVILEGES
  | LOGS
  | STATUS
  | GLOBAL STATUS { mariadb }
  | SESSION STATUS { mariadb }
  | MASTER { mariadb }
  | replica_or_slave
  | replica_or_slave STRING { mariadb }
  | DES_KEY_FILE
  | USER_RESOURCES
  | OPTIMIZER_COSTS { mysql }
  | SSL { mariadb }
  | IDENT { mariadb }
  ;

integers_opt:
    %empty
  | integers
  ;

integers:
    INTEGER
  | integers "," INTEGER
  ;

/* ---- Replication, plugins, and what only an administrator says ---- */

replication_statement:
    CHANGE MASTER connection_opt TO source_options channel_opt { mariadb }
  | CHANGE REPLICATION SOURCE TO source_options channel_opt
  | CHANGE REPLICATION FILTER replication_filters channel_opt
  | START replica_or_slave connection_opt replica_threads_opt until_opt replica_login channel_opt
  | STOP replica_or_slave connection_opt replica_threads_opt channel_opt
  | START ALL replica_or_slave { mariadb }
  | STOP ALL replica_or_slave { mariadb }
  | START GROUP_REPLICATION
  | START GROUP_REPLICATION group_login
  | STOP GROUP_REPLICATION
  | RESET reset_items
  | RESET PERSIST
  | RESET PERSIST if_exists_opt variable_name
  | PURGE binary_or_master LOGS TO STRING
  | PURGE binary_or_master LOGS BEFORE expr
  | BACKUP STAGE IDENT { mariadb }
  | BACKUP LOCK target { mariadb }
  | BACKUP UNLOCK { mariadb }
  | CLONE LOCAL DATA DIRECTORY equals_opt STRING { mysql }
  | CLONE INSTANCE FROM user ":" INTEGER IDENTIFIED BY STRING clone_directory_opt clone_ssl_opt { mysql }
  | IMPORT TABLE FROM text_list { mysql }
  ;

connection_opt:
    %empty
  | STRING { mariadb }
  ;

source_options:
    source_option
  | source_options "," source_option
  ;

source_option:
    SOURCE_OPTION "=" source_value
  | SOURCE_TEXT_OPTION "=" STRING
  | SOURCE_NUMBER_OPTION "=" signed_number
  | NETWORK_NAMESPACE "=" STRING
  ;

source_value:
    STRING
  | NULL
  | signed_number
  | user_with_host
  | ON
  | "(" integers_opt ")"
  ;

user_with_host:
    IDENT
  | IDENT USER_VARIABLE
  | STRING USER_VARIABLE
  | STRING "@"
  ;

replication_filters:
    replication_filter
  | replication_filters "," replication_filter
  ;

replication_filter:
    REPLICATION_FILTER "=" "(" ")"
  | REPLICATION_FILTER "=" "(" filtered ")"
  ;

filtered:
    filter_item
  | filtered "," filter_item
  ;

filter_item:
    IDENT
  | IDENT "." IDENT
  | STRING
  | "(" IDENT "," IDENT ")"
  ;

replica_threads_opt:
    %empty
  | replica_threads
  ;

replica_threads:
    replica_thread
  | replica_threads "," replica_thread
  ;

replica_thread:
    IO_THREAD
  | RELAY_THREAD
  | SQL_THREAD
  ;

until_opt:
    %empty
  | UNTIL until_conditions
  ;

until_conditions:
    until_condition
  | until_conditions "," until_condition
  ;

until_condition:
    SOURCE_TEXT_OPTION "=" STRING
  | SOURCE_NUMBER_OPTION "=" INTEGER
  | UNTIL_OPTION "=" text
  | SQL_AFTER_MTS_GAPS
  ;

replica_login:
    %empty
  | replica_login LOGIN_OPTION equals_opt STRING
  | replica_login USER equals_opt STRING
  | replica_login PASSWORD equals_opt STRING
  ;

group_login:
    group_login_item
  | group_login "," group_login_item
  ;

group_login_item:
    LOGIN_OPTION "=" STRING
  | USER "=" STRING
  | PASSWORD "=" STRING
  ;

binary_or_master:
    BINARY
  | MASTER { mariadb }
  ;

reset_items:
    reset_item
  | reset_items "," reset_item
  ;

reset_item:
    BINARY LOGS AND GTIDS reset_to_opt
  | MASTER reset_to_opt { mariadb }
  | replica_or_slave
  | replica_or_slave ALL
  | replica_or_slave channel_opt_filled
  | replica_or_slave ALL channel_opt_filled
  | replica_or_slave STRING
  | replica_or_slave STRING ALL
  | QUERY CACHE { mariadb }
  ;

channel_opt_filled:
    FOR CHANNEL name_or_text
  ;

reset_to_opt:
    %empty
  | TO INTEGER
  ;

plugin_statement:
    INSTALL PLUGIN also_if_not_exists_opt IDENT SONAME STRING
  | INSTALL SONAME STRING { mariadb }
  | INSTALL COMPONENT text_list install_set_opt
  | UNINSTALL PLUGIN also_if_exists_opt IDENT
  | UNINSTALL SONAME also_if_exists_opt STRING { mariadb }
  | UNINSTALL COMPONENT text_list
  ;

install_set_opt:
    %empty
  | SET set_items
  ;

/* ---- Stored programs ---- */

/* What a routine does is not done when it is made: its nodes are no facts of the statement that makes it. */
routine_body:
    body_statement { routine_body }
  | AS STRING { mysql }
  | AS DOLLAR_STRING
  ;

/* MariaDB runs these outside of routines, too. */
compound_statement:
    BEGIN NOT ATOMIC block_declarations body_statements_opt END { mariadb }
  | compound_body { mariadb }
  ;

body_statement:
    simple_statement
  | block
  | compound_body
  | IDENT ":" block label_opt
  | IDENT ":" loop label_opt
  | LEAVE IDENT
  | ITERATE IDENT
  | RETURN expr
  | OPEN IDENT
  | OPEN IDENT "(" values_opt ")" { mariadb }
  | CLOSE IDENT
  | FETCH fetch_from_opt IDENT INTO name_list
  | FETCH GROUP NEXT ROW { mariadb }
  ;

compound_body:
    IF if_branches END IF
  | CASE expr when_branches body_else_opt END CASE
  | CASE when_branches body_else_opt END CASE
  | loop
  ;

block:
    BEGIN block_declarations body_statements_opt END
  | BEGIN NOT ATOMIC block_declarations body_statements_opt END { mariadb }
  ;

loop:
    LOOP body_statements END LOOP
  | WHILE expr DO body_statements END WHILE
  | REPEAT body_statements UNTIL expr END REPEAT
  | FOR IDENT IN expr DO body_statements END FOR { mariadb }
  | FOR IDENT IN expr ".." expr DO body_statements END FOR { mariadb }
  | FOR IDENT IN REVERSE loop_bound ".." expr DO body_statements END FOR { mariadb }
  ;

loop_bound:
    IDENT
  | INTEGER
  ;

label_opt:
    %empty
  | IDENT
  ;

body_statements_opt:
    %empty
  | body_statements
  ;

body_statements:
    body_statement ";"
  | body_statements body_statement ";"
  ;

if_branches:
    expr THEN body_statements
  | expr THEN body_statements ELSE body_statements
  | expr THEN body_statements ELSEIF if_branches
  ;

when_branches:
    WHEN expr THEN body_statements
  | when_branches WHEN expr THEN body_statements
  ;

body_else_opt:
    %empty
  | ELSE body_statements
  ;

fetch_from_opt:
    %empty
  | FROM
  | NEXT FROM
  ;

block_declarations:
    %empty
  | block_declarations DECLARE declaration ";"
  ;

declaration:
    name_list parameter_type
  | name_list parameter_type DEFAULT expr
  | IDENT CONDITION FOR condition_value
  | IDENT CURSOR FOR inner_query
  | IDENT CURSOR "(" parameters ")" FOR inner_query { mariadb }
  | IDENT CURSOR "(" parameters_with_mode ")" FOR inner_query { mariadb }
  | handler_kind HANDLER FOR handled_conditions body_statement
  ;

handler_kind:
    CONTINUE
  | EXIT
  | UNDO
  ;

handled_conditions:
    handled_condition
  | handled_conditions "," handled_condition
  ;

handled_condition:
    condition_value
  | IDENT
  | SQLWARNING
  | SQLEXCEPTION
  | NOT FOUND
  ;

condition_value:
    INTEGER
  | SQLSTATE value_opt STRING
  ;
