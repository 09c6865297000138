/** Transactions that meet: waits, deadlocks, XA, and sessions that end in the middle. */
import { type Sequence, sequence } from "./sequence.ts";

const PINS = { connections: 2 };
const COUNT = "SELECT COUNT(*) FROM t";
/** MariaDB 10.11 may leave the transaction of a broken XA without an owner, and its table locked until a restart. */
const MYSQL = { only: "mysql" } as const;

export const CONFLICTS: readonly Sequence[] = [
  sequence(
    "lock wait timeout, 1205",
    `
    A: BEGIN
    A: UPDATE fixed SET v = 'a' WHERE id = 1
    B: SET innodb_lock_wait_timeout = 1
    B: BEGIN
    B: INSERT INTO t (v) VALUES ('b')
    B: UPDATE fixed SET v = 'b' WHERE id = 1
    B: ${COUNT}
    B: ROLLBACK
    A: ROLLBACK
    A: SELECT v FROM fixed
    B: SELECT @@innodb_lock_wait_timeout
    A: ${COUNT}`,
    PINS,
  ),
  sequence(
    "deadlock, 1213: the victim's transaction is gone",
    `
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('1'), ('2'), ('3')
    A: UPDATE fixed SET v = 'a' WHERE id = 1
    B: BEGIN
    B: UPDATE fixed SET v = 'b' WHERE id = 2
    A starts: UPDATE fixed SET v = 'a' WHERE id = 2
    B: SELECT SLEEP(0.05)
    B: UPDATE fixed SET v = 'b' WHERE id = 1
    A ends
    B: SELECT v FROM fixed
    B: ${COUNT}
    A: ${COUNT}
    A: ROLLBACK
    B: ROLLBACK
    A: SELECT v FROM fixed
    C: ${COUNT}`,
    { connections: 3 },
  ),
  sequence(
    "a statement that waits for another transaction",
    `
    A: BEGIN
    A: UPDATE fixed SET v = v WHERE id = 3
    A: INSERT INTO t (v) VALUES ('a')
    B starts: SELECT v FROM fixed WHERE id = 3 FOR UPDATE
    A: COMMIT
    B ends
    B: ${COUNT}
    A: ${COUNT}`,
    PINS,
  ),
  sequence(
    "XA: start, end, prepare, commit from another session",
    `
    A: XA START 'state_a'
    A: INSERT INTO t (v) VALUES ('xa')
    B: ${COUNT}
    A: BEGIN
    A: XA END 'state_a'
    A: SELECT 1
    B: ${COUNT}
    A: XA PREPARE 'state_a'
    B: XA RECOVER
    A: XA COMMIT 'state_a'
    B: ${COUNT}
    A: XA START 'state_b'
    A: INSERT INTO t (v) VALUES ('xb')
    A: XA END 'state_b'
    A: XA COMMIT 'state_b' ONE PHASE
    B: ${COUNT}
    A: XA START 'state_c'
    A: INSERT INTO t (v) VALUES ('xc')
    A: XA END 'state_c'
    A: XA ROLLBACK 'state_c'
    B: ${COUNT}
    A: XA COMMIT 'state_c'`,
    { ...PINS, ...MYSQL },
  ),
  sequence(
    "XA PREPARE and disconnect: another session commits",
    `
    A: XA START 'state_d'
    A: INSERT INTO t (v) VALUES ('xd')
    A: XA END 'state_d'
    A: XA PREPARE 'state_d'
    A quit
    B: SELECT SLEEP(0.05)
    B: XA COMMIT 'state_d'
    B: ${COUNT}
    A: ${COUNT}
    A: XA START 'state_e'
    A: INSERT INTO t (v) VALUES ('xe')
    A drop
    B: ${COUNT}
    A: ${COUNT}`,
    { ...PINS, ...MYSQL },
  ),
  sequence(
    "COMMIT RELEASE ends the session",
    `
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('1')
    A: COMMIT RELEASE
    A drop
    B: ${COUNT}
    A: ${COUNT}`,
  ),
  sequence(
    "XA, one transaction after the other, and other statements between them",
    `
    A: XA START 'state_f'
    A: INSERT INTO t (v) VALUES ('xf')
    B: ${COUNT}
    A: XA END 'state_f'
    A: XA ROLLBACK 'state_f'
    A: ${COUNT}
    B: ${COUNT}
    A: XA START 'state_g', 'branch', 7
    A: INSERT INTO t (v) VALUES ('xg')
    A: XA END 'state_g', 'branch', 7
    A: XA COMMIT 'state_g', 'branch', 7 ONE PHASE
    B: ${COUNT}
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('plain')
    A: XA START 'state_h'
    A: COMMIT
    A: XA ROLLBACK 'state_f'
    A: XA RECOVER
    B: ${COUNT}`,
    PINS,
  ),
];
