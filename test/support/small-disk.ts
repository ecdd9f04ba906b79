import { execFile } from 'node:child_process';
import { open, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const FILLER_BYTES = 64 * 1024;

/** A file system in memory of a few MB, which a test can fill. */
export class SmallDisk {
  private constructor(private readonly folder: string) {}

  /** Mounts it, or returns `null` and prints why: only root may mount, and in many containers not even root. */
  static async mount(megabytes: number): Promise<SmallDisk | null> {
    const folder = await mkdtemp(join(tmpdir(), 'sms-pro-disk-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
      return new SmallDisk(folder);
    } catch {
      await rm(folder, { recursive: true });
      process.stderr.write(
        '\nNOT RUN on a disk of its own: no file system could be mounted, which only root may do.\n',
      );
      return null;
    }
  }

  /** Whether this user may mount; says so where not. */
  static async isPossible(): Promise<boolean> {
    const disk = await SmallDisk.mount(1);
    await disk?.unmount();
    return disk !== null;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Leaves no byte free. */
  async fill(): Promise<void> {
    const filler = await open(this.file('filler'), 'a');
    try {
      for (let size = FILLER_BYTES; size >= 1; size = Math.floor(size / 16)) {
        while (await fits(filler.write(Buffer.alloc(size)))) {
          // Until nothing of this size fits.
        }
      }
    } finally {
      await filler.close();
    }
  }

  async free(): Promise<void> {
    await rm(this.file('filler'));
  }

  /** From now on nothing on it can be written. */
  async makeReadOnly(): Promise<void> {
    await run('mount', ['-o', 'remount,ro', this.folder]);
  }

  async unmount(): Promise<void> {
    await run('umount', [this.folder]);
    await rm(this.folder, { recursive: true });
  }
}

async function fits(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch {
    return false;
  }
}
