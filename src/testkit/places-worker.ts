/** A worker of lib/places.test.ts: takes and gives back places as fast as it can, and looks whether there were ever too many. */
import { type Bells, listenToBell, ringOthers } from "../lib/bell.ts";
import { giveBackPlace, newPlaces, placesTaken, takePlace } from "../lib/places.ts";

export interface PlacesTask {
  kind: "churn" | "hold" | "hand-over";
  worker: number;
  places: SharedArrayBuffer;
  bells: SharedArrayBuffer;
  max: number;
  rounds: number;
}

export interface PlacesResult {
  got: number;
  refused: number;
  /** Most places that were seen to be taken at once. */
  mostTaken: number;
}

declare const self: {
  onmessage: (event: { data: PlacesTask }) => void;
  postMessage(result: PlacesResult | "ready"): void;
};

self.onmessage = ({ data }) => {
  const places = newPlaces({ cells: new Int32Array(data.places), worker: data.worker });
  const bells: Bells = { cells: new Int32Array(data.bells), worker: data.worker };
  const result: PlacesResult = { got: 0, refused: 0, mostTaken: 0 };
  const take = (): boolean => {
    const isTaken = takePlace(places, data.max);
    if (isTaken) result.got++;
    else result.refused++;
    if (isTaken) result.mostTaken = Math.max(result.mostTaken, placesTaken(places));
    return isTaken;
  };
  if (data.kind === "churn") {
    for (let round = 0; round < data.rounds; round++) if (take()) giveBackPlace(places);
    self.postMessage(result);
  } else if (data.kind === "hold") {
    for (let round = 0; round < data.rounds; round++) take();
    self.postMessage(result);
  } else handOver(take, places, bells, data.rounds, () => self.postMessage(result));
};
self.postMessage("ready");

/** Takes a place as often as `rounds` says; without one it waits for its bell. Whoever gives one back rings for the others. */
function handOver(
  take: () => boolean,
  places: ReturnType<typeof newPlaces>,
  bells: Bells,
  rounds: number,
  done: () => void,
): void {
  let left = rounds;
  const work = () => {
    while (left > 0 && take()) {
      left--;
      giveBackPlace(places);
      ringOthers(bells, () => true);
    }
    if (left === 0) {
      stop();
      done();
    }
  };
  const stop = listenToBell(bells, work);
  work();
}
