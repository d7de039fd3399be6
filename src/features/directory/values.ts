import { z } from 'zod';

/**
 * The types of what a directory is described by. Each of them lands on one line of sssd.conf(5),
 * nslcd.conf(5) or krb5.conf(5), none of which has a way to quote: what their grammars read as more
 * than a value is refused here.
 */

/** A DNS name (RFC 1123), or an IPv4 address. */
const host = '[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*';

export function hostName(): z.ZodString {
  return z
    .string()
    .max(253)
    .regex(
      new RegExp(`^${host}$`),
      'is not the name of a machine; write one such as ldap.example.org, or its IPv4 address',
    );
}

export function directoryAddress(): z.ZodString {
  return z
    .string()
    .max(280)
    .regex(
      new RegExp(`^ldaps?://${host}(:[0-9]{1,5})?/?$`),
      'is not the address of a directory; write one such as ldaps://ldap.example.org',
    );
}

/**
 * RFC 4514 as far as people write it: `dc=example,dc=org`. A question mark parts the search base
 * of sssd-ldap(5) from its filter; control characters and blanks at the ends are lost in files.
 */
const namePart =
  '[A-Za-z][A-Za-z0-9.-]*=(?:[^,+"\\\\<>;?=\\p{C} ]|\\\\[0-9A-Fa-f]{2}|\\\\[,+"\\\\<>;= #]| (?=[^, ]))+';
const distinguished = new RegExp(`^${namePart}(?:[,+] ?${namePart})*$`, 'u');

export function distinguishedName(): z.ZodString {
  return z
    .string()
    .max(512)
    .refine(
      (text) => distinguished.test(text),
      'is not a distinguished name; write one such as dc=example,dc=org',
    ) as z.ZodString;
}

/** RFC 4515, and nothing beside it: one pair of brackets around each condition. */
export function isFilter(text: string): boolean {
  let at = 0;
  const one = (depth: number): boolean => {
    if (depth > 20 || text[at] !== '(') return false;
    at += 1;
    const sign = text[at];
    if (sign === '&' || sign === '|' || sign === '!') {
      at += 1;
      let parts = 0;
      while (text[at] === '(') {
        if (!one(depth + 1)) return false;
        parts += 1;
      }
      if (parts === 0 || (sign === '!' && parts !== 1)) return false;
    } else {
      const [item = ''] =
        /^[A-Za-z][A-Za-z0-9.;:-]*(?:=|>=|<=|~=)(?:[^()\\\p{C}?]|\\[0-9A-Fa-f]{2})*/u.exec(
          text.slice(at),
        ) ?? [];
      if (item === '') return false;
      at += item.length;
    }
    if (text[at] !== ')') return false;
    at += 1;
    return true;
  };
  return one(0) && at === text.length;
}

export function directoryFilter(): z.ZodString {
  return z
    .string()
    .max(1024)
    .refine(
      isFilter,
      'is not an LDAP filter; write one such as (objectClass=posixAccount), each condition in brackets',
    ) as z.ZodString;
}

export function realmName(): z.ZodString {
  return z
    .string()
    .max(128)
    .regex(
      /^[A-Z0-9]([A-Z0-9.-]*[A-Z0-9])?$/,
      'is not a realm; write it in capitals, such as EXAMPLE.ORG',
    );
}

/** A file of this server, or where it is fetched from: no quotes, blanks or control characters. */
export function fileOrAddress(): z.ZodString {
  return z
    .string()
    .max(1024)
    .regex(
      /^(\/[A-Za-z0-9._~+@:,=-]+)+$|^https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[A-Za-z0-9._~+%@:,=-]*)*$/,
      'is neither a file nor an address; write a path such as /root/ca.pem, or a URL',
    )
    .refine((text) => !/\/\.\.?(\/|$)/.test(text), 'leads through . or ..; write the path itself');
}
