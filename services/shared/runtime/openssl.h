// OpenSSL's objects with owners. For sources that read or make certificates only.
#ifndef GIAOBAN_RUNTIME_OPENSSL_H_
#define GIAOBAN_RUNTIME_OPENSSL_H_

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace giaoban::runtime::openssl {

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};
using X509Pointer = std::unique_ptr<X509, Free<X509_free>>;
using CrlPointer = std::unique_ptr<X509_CRL, Free<X509_CRL_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, Free<BIO_free>>;

// A reader of text; the text must outlive it.
inline BioPointer Open(absl::string_view text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The first certificate in PEM text; null when there is none.
inline X509Pointer ParseX509(absl::string_view pem) {
  return X509Pointer(PEM_read_bio_X509(Open(pem).get(), nullptr, nullptr, nullptr));
}

// "1f3a…": lower-case hexadecimal without leading zeros.
std::string Serial(const ASN1_INTEGER& serial);

// The infinite past when it is no time.
absl::Time TimeOf(const ASN1_TIME& time);

}  // namespace giaoban::runtime::openssl

#endif  // GIAOBAN_RUNTIME_OPENSSL_H_
