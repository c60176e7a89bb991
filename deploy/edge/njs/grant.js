// Decides who may read media. nginx makes a machine for each request and runs this file in it, so what other requests need is
// in files of their own. Needs njs 0.8.5.
import crypto from 'crypto';

// '1' when the grant in the path is ours, lasts, opens this height, and its session has not ended. That the path has its one
// valid spelling and that the grant is for the asset in it, nginx's own regular expression has checked: its fields lie at fixed
// places.
function granted(r) {
    const v = r.variables;
    const grant = v.grant;
    if (Number(grant.substring(0, 10)) <= Date.now() / 1000 || Number(v.media_height) > (Number(v.grant_height) || Infinity)) {
        return '0';
    }
    const secrets = v.grant_secrets;
    // A player shows the same grant for each segment: a signature found good is good for a minute, under these keys.
    const known = ngx.shared.known;
    if (known.get(grant) !== secrets) {
        if (!signed(grant.slice(0, -65), grant.slice(-64), secrets)) {
            return '0';
        }
        known.set(grant, secrets);
    }
    return ngx.shared.ended.has(grant.substring(48, 84)) ? '0' : '1';
}

function signed(text, mac, secrets) {
    const given = Buffer.from(mac, 'hex');
    return secrets.split(' ').some(secret => same(crypto.createHmac('sha256', secret).update(text).digest(), given));
}

// Compares 32 bytes in a time that does not depend on them.
function same(a, b) {
    let difference = 0;
    for (let i = 0; i < 32; i += 4) {
        difference |= a.readUInt32LE(i) ^ b.readUInt32LE(i);
    }
    return difference === 0;
}

export default {granted};
