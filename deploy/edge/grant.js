// Decides who may read media: checks the path-scoped grant, keeps the list of sessions that have ended, leaves out of a
// manifest what its grant does not open, and signs reads of a private bucket. Needs njs 0.8.5.
import crypto from 'crypto';

// Compares 32 bytes in a time that does not depend on them, four at a time: byte by byte would cost more than the HMAC itself.
function same(a, b) {
    let difference = 0;
    for (let i = 0; i < 32; i += 4) {
        difference |= a.readUInt32LE(i) ^ b.readUInt32LE(i);
    }
    return difference === 0;
}

// '1' when the grant in the path is ours, lasts, opens this height, and its session has not ended. That the path has its one valid
// spelling and that the grant is for the asset in it, nginx's own regular expression has checked; it also cut out the variables
// read here.
function granted(r) {
    const v = r.variables;
    if (Number(v.grant_expires) <= Date.now() / 1000 || Number(v.media_height) > limit(v)) {
        return '0';
    }
    // A signature is computed for a player's first segment and not for each: that costs more than all the rest. What is kept is
    // only that these keys made it. It is looked up by a checksum first, so how long that takes says nothing of a wrong one.
    const verified = ngx.shared.verified;
    const grant = v.grant;
    if (verified.get(grant) !== v.grant_keys) {
        if (!signed(v)) {
            return '0';
        }
        verified.set(grant, v.grant_keys);
    }
    return ngx.shared.ended.has(v.grant_session) ? '0' : '1';
}

function signed(v) {
    const mac = Buffer.from(v.grant_mac, 'hex');
    return v.grant_secrets.split(' ').some(secret =>
        same(crypto.createHmac('sha256', secret).update(v.grant_text).digest(), mac));
}

// The greatest height a grant opens. Those of the release before named none.
function limit(v) {
    return v.grant_height ? Number(v.grant_height) : Infinity;
}

// Asks playback, every few seconds and in one worker, which sessions have ended since. Without an answer nothing changes: what
// is known to have ended stays refused, and every other grant is good until it ends by itself.
async function learn(session) {
    const ended = ngx.shared.ended;
    const v = session.variables;
    try {
        let page;
        do {
            const after = encodeURIComponent(ended.get('cursor') || '');
            const answer = await ngx.fetch(`http://${v.playback}/internal/playback/ended?after=${after}`,
                {headers: {Authorization: `Edge ${proof(v.grant_secrets)}`}});
            if (answer.status !== 200) {
                throw new Error(`it answered ${answer.status}`);
            }
            page = await answer.json();
            const now = Date.now();
            page.ended.forEach(item => ended.set(item[0], 'ended', Math.max(1000, item[1] * 1000 - now)));
            ended.set('cursor', page.cursor);
        } while (page.more);
        if (ended.delete('away')) {
            ngx.log(ngx.WARN, 'playback tells again which sessions have ended');
        }
    } catch (error) {
        if (ended.add('away', 'yes')) {
            ngx.log(ngx.WARN, `playback does not tell which sessions have ended (${error.message}); their grants go on meanwhile`);
        }
    }
}

// Shows playback that we hold the grant's key, for half a minute. With a key that is being changed either may be known there.
function proof(secrets) {
    const text = `ended~${Math.ceil(Date.now() / 1000) + 30}`;
    return [text].concat(secrets.split(' ').map(secret => hmac(secret, text, 'hex'))).join('~');
}

// A manifest arrives in pieces; what its grant does not open is cut out of the whole. Each request has its own `held`.
let held = null;

function cutManifest(r, data, flags) {
    // A copy, for nginx uses the piece's memory again; of bytes, for a letter may lie on the seam of two pieces.
    held = Buffer.concat(held === null ? [data] : [held, data]);
    if (flags.last) {
        r.sendBuffer(below(held.toString(), limit(r.variables)), flags);
    }
}

function uncounted(r) {
    if (r.status === 200) {
        delete r.headersOut['Content-Length'];
    }
}

// A master playlist (RFC 8216, 4.3.4) or an MPD (ISO 23009-1) without the pictures whose folders a grant of `height` does not open:
// they are named after their lines, which of an upright picture is the width.
function below(text, height) {
    const opened = entry => {
        const folder = entry.match(/["\n]v(\d{1,5})(?:-[a-z0-9]+)?\//);
        return folder && Number(folder[1]) > height ? '' : entry;
    };
    if (text.startsWith('#EXTM3U')) {
        return text.replace(/#EXT-X-(I-FRAME-)?STREAM-INF:.*\n(?:[^#\n].*\n?)?/g, opened);
    }
    // A set without any picture is none.
    return text.replace(/\s*<AdaptationSet\b[^>]*\scontentType="video"[^]*?<\/AdaptationSet>/g, set => {
        const left = set.replace(/\s*<Representation\b[^>]*(?:\/>|>[^]*?<\/Representation>)/g, opened);
        return /<Representation\b/.test(left) ? left : '';
    });
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

export default {granted, learn, cutManifest, uncounted, originDate, originAuthorization};
