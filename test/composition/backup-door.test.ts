import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { askForBackup, type BackupDoorOptions, openBackupDoor } from '../../src/composition/backup-door';

describe('the door where a serving node is asked for a backup', () => {
  let dataDirectory: string;
  let logged: string[];
  const log = pino({ level: 'warn' }, { write: (line) => void logged.push(line) });
  beforeEach(() => {
    dataDirectory = mkdtempSync(join(tmpdir(), 'samtykke-'));
    logged = [];
  });
  afterEach(() => rmSync(dataDirectory, { recursive: true, force: true }));

  const open = (backup: BackupDoorOptions['backup']) => openBackupDoor({ dataDirectory, backup, log });
  const socketPath = () => join(dataDirectory, 'samtykke.sock');

  const answerTo = async (request: string) => {
    const socket = createConnection({ path: socketPath(), allowHalfOpen: true });
    await once(socket, 'connect');
    socket.end(request);
    return text(socket).catch(() => 'cut off');
  };

  test('answers what the backup says, and makes one after the other', async () => {
    let running = 0;
    const door = await open(async (directory) => {
      running += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      return [`Copied to ${directory}.`];
    });
    const answers = await Promise.all(['/a', '/b', '/c'].map((name) => askForBackup(dataDirectory, name)));
    expect(answers).toEqual([['Copied to /a.'], ['Copied to /b.'], ['Copied to /c.']]);
    await door.close();
  });

  test('is for the account of the node alone, and takes the place of what a killed node left', async () => {
    writeFileSync(socketPath(), '');
    const door = await open(async () => []);
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600);
    await door.close();
  });

  test('hands on a refusal with its code, and hides a fault', async () => {
    const faults: readonly Error[] = [
      Object.assign(new Error('There is a log in /a already.'), { code: 'BACKUP_EXISTS' }),
      Object.assign(new Error('EACCES: permission denied, mkdir /a'), { code: 'EACCES' }),
      new Error('something inside'),
    ];
    let turn = 0;
    const door = await open(async () => {
      throw faults[turn++];
    });
    const refused = (code: string, message: string) => expect.objectContaining({ code, message });
    await expect(askForBackup(dataDirectory, '/a')).rejects.toEqual(
      refused('BACKUP_EXISTS', 'There is a log in /a already.'),
    );
    await expect(askForBackup(dataDirectory, '/a')).rejects.toEqual(refused('EACCES', 'permission denied, mkdir /a'));
    await expect(askForBackup(dataDirectory, '/a')).rejects.toEqual(
      refused('BACKUP_FAILED', 'The node that serves could not make it; its log says why.'),
    );
    expect(logged.join('')).toContain('something inside');
    await door.close();
  });

  test.each(['', 'null', '[]', '{}', '{"backup":1}', '{"backup":"relative"}', '{"backup":"/a"', '\ud800'])(
    'refuses %j, and makes nothing',
    async (request) => {
      const door = await open(() => Promise.reject(new Error('A backup was made.')));
      expect(JSON.parse(await answerTo(request))).toMatchObject({ code: 'BACKUP_REQUEST_MALFORMED' });
      expect(logged).toEqual([]);
      await door.close();
    },
  );

  test('reads no request without end', async () => {
    const door = await open(() => Promise.reject(new Error('A backup was made.')));
    expect(await answerTo(`{"backup":"/${'a'.repeat(1_000_000)}"}`)).toMatch(/^(cut off)?$/);
    await door.close();
  });

  test('waits at its end for the backup that is being made', async () => {
    let done = false;
    const door = await open(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      done = true;
      return [];
    });
    const asked = askForBackup(dataDirectory, '/a');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await door.close();
    expect([done, await asked]).toEqual([true, []]);
  });

  test('is not there where none serves', async () => {
    expect(await askForBackup(dataDirectory, '/a')).toBeUndefined();
    writeFileSync(socketPath(), '');
    expect(await askForBackup(dataDirectory, '/a')).toBeUndefined();
  });

  test('that is cut off made no backup', async () => {
    const killed = createServer((socket) => socket.destroy()).listen(socketPath());
    await once(killed, 'listening');
    await expect(askForBackup(dataDirectory, '/a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    killed.close();
  });

  test('that cannot be opened keeps nobody from serving, and is told of', async () => {
    const deep = join(dataDirectory, 'a'.repeat(120));
    const door = await openBackupDoor({ dataDirectory: deep, backup: async () => [], log });
    expect(logged.join('')).toContain('No backup can be made while this node serves');
    await door.close();
  });
});
