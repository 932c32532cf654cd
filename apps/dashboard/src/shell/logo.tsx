export function Logo() {
  return (
    <span className="logo">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#4f46e5" />
        <path d="M9 7v9a7 7 0 0 0 14 0v-2" fill="none" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" />
        <path
          d="m18.6 17.2 4.4-4.4 4.2 4.4"
          fill="none"
          stroke="#fff"
          strokeWidth="3"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
        <circle cx="9" cy="6.5" r="2.7" fill="#a5b4fc" />
      </svg>
      Eventhooks
    </span>
  );
}
