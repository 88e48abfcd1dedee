// Part of every executable of the AddressSanitizer build.
#include <openssl/crypto.h>

// A leak that is left out is not worth a line: who counts reports would take it for one.
extern "C" const char* __asan_default_options() { return "print_suppressions=0"; }

// Debian's c-ares loses the ten bytes of "localhost" each time it looks that name up.
extern "C" const char* __lsan_default_suppressions() { return "leak:libcares\n"; }

// Cleaning up at the end of main, OpenSSL lets go of what it keeps for each thread while gRPC's threads still run, and
// that looks like leaks. Without the cleaning everything stays where it is found. Not every executable has OpenSSL.
#pragma weak OPENSSL_init_crypto
[[gnu::constructor]] static void LeaveOpenSslAsItIs() {
  if (&OPENSSL_init_crypto != nullptr) OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
}
