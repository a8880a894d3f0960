import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
} from 'node:fs';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
// O_NONBLOCK: a FIFO that took a file's place must not make us wait for its writer.
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Gives a user a folder with everything in it that is root's, and closes it to all others. Whatever changes hands was
 * opened before and no link is followed, so that nothing outside does, even if somebody still wrote to the folder.
 * Links stay root's, which changes nothing: whoever has the folder may replace them. Linux only.
 */
export function giveFolder(uid: number, folder: string): void {
  const descriptor = openSync(folder, FOLDER);
  try {
    giveAll(descriptor, uid);
    fchmodSync(descriptor, 0o700);
  } finally {
    closeSync(descriptor);
  }
}

function giveAll(folder: number, uid: number): void {
  if (fstatSync(folder).uid === 0) fchownSync(folder, uid, uid);
  const here = Buffer.from(`/proc/self/fd/${folder}/`);
  for (const name of readdirSync(here, 'buffer')) {
    const path = Buffer.concat([here, name]);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      withOpen(path, FOLDER, (descriptor) => giveAll(descriptor, uid));
    } else if (stat?.isFile() && stat.uid === 0) {
      withOpen(path, FILE, (descriptor) => giveFile(descriptor, uid));
    }
  }
}

/** What another name leads to as well (a hard link) may not be the attempt's. */
function giveFile(file: number, uid: number): void {
  const stat = fstatSync(file);
  if (stat.isFile() && stat.uid === 0 && stat.nlink === 1) fchownSync(file, uid, uid);
}

function withOpen(path: Buffer, flags: number, work: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags);
  try {
    work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
