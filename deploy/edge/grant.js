// Decides who may read media: checks the path-scoped grant and signs reads of a private bucket.
// Kept to what njs 0.7.9 (Debian 12) understands: synchronous functions, no shared dictionary.
import crypto from 'crypto';

// Compares 32 bytes in a time that does not depend on them, four at a time: byte by byte would cost more than the HMAC itself.
function same(a, b) {
    let difference = 0;
    for (let i = 0; i < 32; i += 4) {
        difference |= a.readUInt32LE(i) ^ b.readUInt32LE(i);
    }
    return difference === 0;
}

// '1' when the grant in the path is ours and lasts. That the path has its one valid spelling and that the grant is for the
// asset in it, nginx's own regular expression has checked; it also cut out the variables read here.
function granted(r) {
    const v = r.variables;
    if (Number(v.grant_expires) <= Date.now() / 1000) {
        return '0';
    }
    const text = v.grant_text;
    const mac = Buffer.from(v.grant_mac, 'hex');
    const secrets = v.grant_secrets.split(' ');
    for (let i = 0; i < secrets.length; i++) {
        if (same(crypto.createHmac('sha256', secrets[i]).update(text).digest(), mac)) {
            return '1';
        }
    }
    return '0';
}

function hmac(key, text, encoding) {
    return crypto.createHmac('sha256', key).update(text).digest(encoding);
}

function sha256(text) {
    return crypto.createHash('sha256').update(text).digest('hex');
}

// AWS Signature Version 4 of a GET without a body (docs: "Signature Calculations for the Authorization Header").
// Keys hold only unreserved characters, so the path needs no escaping. `when` is YYYYMMDDTHHMMSSZ.
function signature(id, secret, region, host, key, when) {
    const scope = `${when.substring(0, 8)}/${region}/s3/aws4_request`;
    const names = 'host;x-amz-content-sha256;x-amz-date';
    const canonical = `GET\n${key}\n\nhost:${host}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:${when}\n\n`
        + `${names}\nUNSIGNED-PAYLOAD`;
    const toSign = `AWS4-HMAC-SHA256\n${when}\n${scope}\n${sha256(canonical)}`;
    const dayKey = hmac('AWS4' + secret, when.substring(0, 8));
    const signingKey = hmac(hmac(hmac(dayKey, region), 's3'), 'aws4_request');
    return `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, `
        + `Signature=${hmac(signingKey, toSign, 'hex')}`;
}

// Cached by nginx for the request, so that the date header and the signature always agree.
function originDate(r) {
    const iso = new Date(Number(r.variables.msec) * 1000).toISOString();
    return `${iso.substring(0, 19).replace(/[:-]/g, '')}Z`;
}

function originAuthorization(r) {
    const v = r.variables;
    return signature(v.origin_key_id, v.origin_secret, v.origin_region, v.origin_host, v.origin_uri, v.origin_date);
}

export default {granted, originDate, originAuthorization};
