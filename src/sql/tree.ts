/**
 * The concrete syntax tree of one statement, flat: each rule that has a label leaves one node (label, first token, end
 * token), children before their parent, left before right. Made once, refilled for every statement.
 */

/** Why a statement was not understood. */
export const FAILURE_NONE = 0;
/** The grammar has no such statement. */
export const FAILURE_SYNTAX = 1;
/** Parentheses, subqueries or the like are nested deeper than STACK_MAX. */
export const FAILURE_TOO_DEEP = 2;

export interface Tree {
  /** Three numbers a node: NODE_* of grammar.ts, the number of its first token, and that of the token behind its last. */
  nodes: Int32Array;
  /** Nodes, not numbers. */
  count: number;
  /** FAILURE_*. */
  failure: number;
  /** The token at which the statement was given up, or that ends it: a semicolon or the end of the text. */
  stop: number;
}

/** Numbers of one node. */
export const NODE_SIZE = 3;
const NODES_FIRST = 512;
/** Nodes that needed more than this are dropped after use. */
const NODES_KEPT = 1 << 16;

/** A tree of nothing. */
export function newTree(): Tree {
  return { nodes: new Int32Array(NODES_FIRST * NODE_SIZE), count: 0, failure: FAILURE_NONE, stop: 0 };
}

/** Makes room for twice as many nodes. */
export function growTree(tree: Tree): void {
  const nodes = new Int32Array(tree.nodes.length * 2);
  nodes.set(tree.nodes);
  tree.nodes = nodes;
}

/** Gives back what an unusually long statement needed. The nodes are gone then. */
export function trimTree(tree: Tree): void {
  if (tree.nodes.length <= NODES_KEPT * NODE_SIZE) return;
  tree.nodes = new Int32Array(NODES_FIRST * NODE_SIZE);
  tree.count = 0;
}
