import { describe, expect, test } from "bun:test";
import { COM_QUERY, COM_SET_OPTION } from "../mysql/commands.ts";
import { newStatement, readStatement } from "../sql/read-statement.ts";
import { newPinNote, notePin, textOfNote, withoutLiterals } from "./pin-note.ts";

describe("withoutLiterals()", () => {
  const shown: ReadonlyArray<readonly [text: string, expected: string]> = [
    ["SELECT GET_LOCK('job 7', 10)", "SELECT GET_LOCK(?, ?)"],
    ["SET @secret := 'it''s', @b = 1.5e-3", "SET @secret := ?, @b = ?"],
    [
      'SELECT "a ""b"" c", x\'00ff\', 0xFF, 0b01, .5, t1.c2 FROM `d b`.t1',
      "SELECT ?, x?, ?, ?, ?, t1.c2 FROM `d b`.t1",
    ],
    ["CREATE /* 'secret' */ TEMPORARY TABLE a -- 4711\n (b INT)", "CREATE TEMPORARY TABLE a (b INT)"],
    ["SELECT 1 # 'x\n+ 2", "SELECT ? + ?"],
    ["SELECT 'a\\' , 'secret', 'b'", "SELECT ? ..."],
    ["INSERT INTO t VALUES ('cut off in the midd", "INSERT INTO t VALUES (?"],
    ["/* never closed 'secret'", ""],
    ["SELECT größe, 4€5 FROM wörter", "SELECT größe, 4€5 FROM wörter"],
    ["CREATE USER a IDENTIFIED BY 'pw'", "CREATE USER a IDENTIFIED BY ?"],
    ["SELECT -7, a-7, a.7", "SELECT -?, a-?, a?"],
  ];
  for (const [text, expected] of shown) {
    test(text, () => {
      expect(withoutLiterals(text, false)).toBe(expected);
    });
  }
});

describe("textOfNote()", () => {
  const noteOf = (text: string, command = COM_QUERY) => {
    const statement = newStatement();
    const bytes = Buffer.from(`xx${text}yy`);
    readStatement(statement, command, bytes, 2, bytes.length - 2);
    const note = newPinNote();
    notePin(note, statement, 5);
    bytes.fill(0);
    return note;
  };

  test("is a copy of how the statement began", () => {
    expect(textOfNote(noteOf("SELECT @a := 5"))).toBe("SELECT @a := ?");
    expect(textOfNote(noteOf(`SELECT ${"a, ".repeat(100)} b`))).toBe(`SELECT ${"a, ".repeat(37)}a, ...`);
  });

  test("is the command where there was no text", () => {
    expect(textOfNote(noteOf("", COM_SET_OPTION))).toBe("COM_SET_OPTION");
  });
});
