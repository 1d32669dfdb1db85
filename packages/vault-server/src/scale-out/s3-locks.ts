import {
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

import { type ObjectLock, type ObjectStorage } from './object-storage.ts';
import { explainS3, isS3Error } from './s3-problem.ts';

const modes = { governance: 'GOVERNANCE', compliance: 'COMPLIANCE' } as const;

/** No lock is set on the object, or the bucket knows none. */
const unlocked = ['NoSuchObjectLockConfiguration', 'ObjectLockConfigurationNotFoundError', 'InvalidRequest'] as const;

/**
 * Locks and holds. They are set on objects that are there and read back: a real server accepted lock headers on the
 * creation of an object, and ignored them.
 */
export function s3Locks(
  client: S3Client,
  at: (key: string) => { Bucket: string; Key: string },
): Pick<ObjectStorage, 'lock' | 'hold'> {
  const current = async (key: string): Promise<ObjectLock | undefined> => {
    try {
      const { Retention } = await client.send(new GetObjectRetentionCommand(at(key)));
      const { Mode, RetainUntilDate } = Retention ?? {};
      return (
        Mode && RetainUntilDate && { mode: Mode === 'COMPLIANCE' ? 'compliance' : 'governance', until: RetainUntilDate }
      );
    } catch (error) {
      if (isS3Error(error, ...unlocked)) return undefined;
      return explainS3(error);
    }
  };
  const keeps = async (key: string, wanted: ObjectLock): Promise<boolean> => {
    const held = await current(key);
    return (
      held !== undefined && held.until >= wanted.until && (held.mode === 'compliance' || held.mode === wanted.mode)
    );
  };
  const isHeld = async (key: string): Promise<boolean> => {
    try {
      const { LegalHold } = await client.send(new GetObjectLegalHoldCommand(at(key)));
      return LegalHold?.Status === 'ON';
    } catch (error) {
      if (isS3Error(error, ...unlocked)) return false;
      return explainS3(error);
    }
  };

  return {
    lock: async (key, wanted) => {
      if (await keeps(key, wanted)) return;
      const held = await current(key);
      // A lock that is there may only become stronger and longer. Servers keep whole seconds.
      const until = Math.max(wanted.until.getTime(), held?.until.getTime() ?? 0);
      const Retention = {
        Mode: modes[held?.mode === 'compliance' ? 'compliance' : wanted.mode],
        RetainUntilDate: new Date(Math.ceil(until / 1000) * 1000),
      };
      try {
        await client.send(new PutObjectRetentionCommand({ ...at(key), Retention }));
      } catch (error) {
        // Another process may have been quicker; what counts is what is there.
        if (!isS3Error(error, 'AccessDenied', ...unlocked)) explainS3(error);
      }
      if (!(await keeps(key, wanted))) throw new Error(`the object storage does not keep a ${wanted.mode} lock`);
    },
    hold: async (key, held) => {
      if ((await isHeld(key)) === held) return;
      const LegalHold = { Status: held ? 'ON' : 'OFF' } as const;
      try {
        await client.send(new PutObjectLegalHoldCommand({ ...at(key), LegalHold }));
      } catch (error) {
        if (!isS3Error(error, 'AccessDenied', ...unlocked)) explainS3(error);
      }
      if ((await isHeld(key)) !== held) throw new Error('the object storage does not keep a legal hold');
    },
  };
}
