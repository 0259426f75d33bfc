import { randomBytes } from 'node:crypto';

const COOKIE = 'fjordlys';
const MAX_SESSIONS = 10_000;

/** Who is logged in, by a cookie that no script can read. Kept in memory: an example has no database. */
export function createSessions() {
  const sessions = new Map();

  return {
    /** @returns the value of `Set-Cookie` */
    open(session) {
      const id = randomBytes(32).toString('base64url');
      const [oldest] = sessions.keys();
      if (sessions.size >= MAX_SESSIONS) sessions.delete(oldest);
      sessions.set(id, session);
      return cookie(id);
    },

    of(request) {
      return sessions.get(idOf(request));
    },

    /** @returns the value of `Set-Cookie` */
    end(request) {
      sessions.delete(idOf(request));
      return `${cookie('')}; Max-Age=0`;
    },
  };
}

/** Behind TLS it would be `Secure` too. `Strict` keeps other sites from acting with it. */
function cookie(value) {
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict`;
}

function idOf({ headers }) {
  return headers.cookie
    ?.split(';')
    .map((each) => each.trim())
    .find((each) => each.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);
}
