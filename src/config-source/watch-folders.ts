/**
 * Hears of changes in folders. Folders and not files: Kubernetes replaces what a ConfigMap holds by a symbolic link that leads
 * elsewhere, and a watch of the file goes deaf with the first of these.
 */
import { type FSWatcher, watch } from "node:fs";

export interface FolderWatch {
  /** Watches these folders and no others from now on. */
  set(folders: readonly string[]): void;
  /** Whether changes of every folder are heard; otherwise somebody has to look now and then. */
  isComplete(): boolean;
  stop(): void;
}

/** `onChange` is called for every change, often several times. */
export function watchFolders(onChange: () => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  let missing = 0;
  const close = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const open = (folder: string) => {
    try {
      const watcher = watch(folder, { persistent: false }, onChange);
      watcher.on("error", () => {
        close(folder);
        onChange();
      });
      watchers.set(folder, watcher);
    } catch {
      // It is not there, or the kernel watches no more of them.
      missing++;
    }
  };
  return {
    set(folders) {
      // A folder that was removed and made again is another one, of which nothing would be heard.
      for (const folder of [...watchers.keys()]) close(folder);
      missing = 0;
      for (const folder of new Set(folders)) open(folder);
    },
    isComplete: () => missing === 0,
    stop() {
      for (const folder of [...watchers.keys()]) close(folder);
    },
  };
}
