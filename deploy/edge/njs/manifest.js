// Leaves out of a manifest what its grant does not open.

// A manifest arrives in pieces; what its grant does not open is cut out of the whole. Each request has its own `held`.
let held = null;

function cut(r, data, flags) {
    // A copy, for nginx uses the piece's memory again; of bytes, for a letter may lie on the seam of two pieces.
    held = Buffer.concat(held === null ? [data] : [held, data]);
    if (flags.last) {
        r.sendBuffer(below(held.toString(), Number(r.variables.grant_height) || Infinity), flags);
    }
}

function uncounted(r) {
    if (r.status === 200) {
        delete r.headersOut['Content-Length'];
    }
}

// A master playlist (RFC 8216, 4.3.4) or an MPD (ISO 23009-1) without pictures higher than `height`.
function below(text, height) {
    if (text.startsWith('#EXTM3U')) {
        return text.replace(/#EXT-X-(I-FRAME-)?STREAM-INF:.*\n(?:[^#\n].*\n?)?/g, entry => {
            const size = entry.match(/[:,]RESOLUTION=\d+x(\d+)/);
            return size && Number(size[1]) > height ? '' : entry;
        });
    }
    return text.replace(/<AdaptationSet\b[^>]*\scontentType="video"[^]*?<\/AdaptationSet>/g, set =>
        set.replace(/\s*<Representation\b[^>]*(?:\/>|>[^]*?<\/Representation>)/g, entry => {
            const size = entry.match(/^\s*<[^>]*\sheight="(\d+)"/);
            return size && Number(size[1]) > height ? '' : entry;
        }));
}

export default {cut, uncounted};
