// The empty house: curtains, the beam of the projector, rows of seats. Drawn, not photographed.

const SEATS_BACK = 17;
const SEATS_FRONT = 12;

export function Auditorium() {
  return (
    <div aria-hidden="true" className="-z-10 absolute inset-0 bg-curtain">
      <div className="absolute inset-0 bg-[radial-gradient(58%_62%_at_50%_34%,oklch(45%_0.13_22/0.55),oklch(26%_0.08_350/0.35)_52%,transparent_78%)]" />
      <svg
        aria-hidden="true"
        viewBox="0 0 1440 900"
        preserveAspectRatio="xMidYMid slice"
        className="absolute inset-0 size-full"
      >
        <defs>
          <linearGradient id="beam" x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor="var(--color-brass)" stopOpacity=".34" />
            <stop offset="1" stopColor="var(--color-brass)" stopOpacity="0" />
          </linearGradient>
          <linearGradient id="fold" x1="0" x2="1">
            <stop offset="0" stopColor="#1a0509" />
            <stop offset=".45" stopColor="#6d1527" />
            <stop offset=".6" stopColor="#851b30" />
            <stop offset="1" stopColor="#20060c" />
          </linearGradient>
          <linearGradient id="hem" x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor="#0b0a0d" stopOpacity=".15" />
            <stop offset=".55" stopColor="#0b0a0d" stopOpacity=".35" />
            <stop offset="1" stopColor="#0b0a0d" />
          </linearGradient>
          <linearGradient id="floor" x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor="#0b0a0d" stopOpacity="0" />
            <stop offset="1" stopColor="#0b0a0d" />
          </linearGradient>
        </defs>
        <g style={{ mixBlendMode: "screen" }}>
          {RAYS.map((points) => (
            <polygon key={points} points={points} fill="url(#beam)" opacity=".3" />
          ))}
        </g>
        <Curtain />
        <g transform="matrix(-1 0 0 1 1440 0)">
          <Curtain />
        </g>
        <rect width="1440" height="900" fill="url(#hem)" opacity=".55" />
        <Seats count={SEATS_BACK} y={742} size={76} fill="#190c12" edge="#53202d" />
        <Seats count={SEATS_FRONT} y={806} size={110} fill="#0f080c" edge="#351620" />
        <rect y="690" width="1440" height="210" fill="url(#floor)" />
      </svg>
    </div>
  );
}

/** A fan of light from above, in the manner of a deco sunburst: x of the far ends at the floor. */
const RAYS = [-700, -240, 180, 560, 880, 1260, 1680].map((x) => `708,-60 732,-60 ${x + 230},900 ${x},900`);

function Curtain() {
  return (
    <g>
      {[0, 1, 2, 3, 4].map((fold) => {
        const x = fold * 52 - 60;
        const reach = 90 - fold * 16;
        return (
          <path
            key={fold}
            fill="url(#fold)"
            opacity={1 - fold * 0.07}
            d={`M${x} -10 H${x + 62} C${x + 66} 330 ${x + 40} 560 ${x - reach + 62} 900 H${x - reach - 40} C${x - 20} 560 ${x + 4} 330 ${x} -10Z`}
          />
        );
      })}
    </g>
  );
}

interface SeatsProps {
  count: number;
  y: number;
  size: number;
  fill: string;
  edge: string;
}

function Seats({ count, y, size, fill, edge }: SeatsProps) {
  const step = 1440 / (count - 1);
  return (
    <g fill={fill} stroke={edge} strokeWidth="1.5">
      {Array.from({ length: count }, (_, seat) => {
        const x = seat * step;
        // Rows bend gently around the screen.
        const dip = ((x - 720) / 720) ** 2 * -26;
        const half = step * 0.455;
        const corner = size * 0.34;
        return (
          <path
            key={x}
            d={`M${x - half} 960 V${y + dip + corner} q0 ${-corner} ${corner} ${-corner} h${2 * (half - corner)} q${corner} 0 ${corner} ${corner} V960Z`}
          />
        );
      })}
    </g>
  );
}
