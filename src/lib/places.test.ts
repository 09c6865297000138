import { afterEach, describe, expect, test } from "bun:test";
import type { PlacesResult, PlacesTask } from "../testkit/places-worker.ts";
import {
  giveBackPlace,
  giveBackPlacesOf,
  newPlaces,
  placesCells,
  placesTaken,
  placesTakenBy,
  takePlace,
} from "./places.ts";

const WORKERS = 3;
const running: Worker[] = [];

afterEach(() => {
  for (const worker of running.splice(0)) worker.terminate();
});

function sharedCells(count: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(count * 4));
}

/** Runs a task in real workers at the same time. */
async function inWorkers(task: Pick<PlacesTask, "kind" | "max" | "rounds">, cells: Int32Array<SharedArrayBuffer>) {
  const bells = sharedCells(WORKERS).buffer;
  const workers = Array.from(
    { length: WORKERS },
    () => new Worker(new URL("../testkit/places-worker.ts", import.meta.url)),
  );
  running.push(...workers);
  await Promise.all(workers.map(nextMessage));
  const results = workers.map(nextMessage) as Array<Promise<PlacesResult>>;
  for (const [worker, each] of workers.entries()) each.postMessage({ ...task, worker, bells, places: cells.buffer });
  return Promise.all(results);
}

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

describe("places of one event loop", () => {
  test("takePlace() gives as many as there are, giveBackPlace() makes room", () => {
    const places = newPlaces(null);
    expect([takePlace(places, 2), takePlace(places, 2), takePlace(places, 2)]).toEqual([true, true, false]);
    giveBackPlace(places);
    expect(placesTaken(places)).toBe(1);
    expect(takePlace(places, 2)).toBe(true);
  });

  test("a place that nobody took cannot be given back", () => {
    expect(() => giveBackPlace(newPlaces(null))).toThrow("was taken");
    const cells = sharedCells(placesCells(2));
    takePlace(newPlaces({ cells, worker: 0 }), 5);
    expect(() => giveBackPlace(newPlaces({ cells, worker: 1 }))).toThrow("was taken");
  });
});

describe("places of several workers", () => {
  test("are never more than there are while all take and give back at once", async () => {
    const cells = sharedCells(placesCells(WORKERS));
    const results = await inWorkers({ kind: "churn", max: 2, rounds: 200_000 }, cells);
    expect(Math.max(...results.map(({ mostTaken }) => mostTaken))).toBeLessThanOrEqual(2);
    expect(results.map(({ got, refused }) => got + refused)).toEqual([200_000, 200_000, 200_000]);
    expect([...cells]).toEqual([0, 0, 0, 0]);
  });

  test("are given out to the last one, and come back with the worker that had them", async () => {
    const cells = sharedCells(placesCells(WORKERS));
    const results = await inWorkers({ kind: "hold", max: 100, rounds: 80 }, cells);
    expect(results.reduce((sum, { got }) => sum + got, 0)).toBe(100);
    const had = placesTakenBy(cells, 1);
    expect(had).toBe(results[1]?.got ?? -1);
    expect(giveBackPlacesOf(cells, 1)).toBe(had);
    expect(giveBackPlacesOf(cells, 1)).toBe(0);
    expect(cells[0]).toBe(100 - had);
  });

  test("a worker that waits for one hears its bell each time: no wake-up is lost", async () => {
    const cells = sharedCells(placesCells(WORKERS));
    const results = await inWorkers({ kind: "hand-over", max: 1, rounds: 20_000 }, cells);
    expect(results.map(({ got }) => got)).toEqual([20_000, 20_000, 20_000]);
    expect(cells[0]).toBe(0);
  });
});
