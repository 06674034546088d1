#include "remote_server/certificate.h"

#include <assay/sdk/error.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

namespace assay::test {
namespace {

template <class Write>
void write_pem(const std::filesystem::path& file, const Write& write) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "w"), std::fclose);
  if (!out || write(out.get()) != 1) throw Error(file.string() + ": cannot be written");
}

}  // namespace

void make_certificate(const std::filesystem::path& folder, const std::string& name, int days) {
  constexpr long kDay = 86400;
  std::filesystem::create_directories(folder);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kDay);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), subject);
  for (const auto& [what, value] :
       {std::pair{NID_subject_alt_name, "DNS:" + name}, {NID_basic_constraints, std::string("critical,CA:TRUE")}}) {
    const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()), X509_EXTENSION_free);
    X509_add_ext(certificate.get(), extension.get(), -1);
  }
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) throw Error("OpenSSL cannot sign a certificate");
  write_pem(folder / "cert.pem", [&](std::FILE* out) { return PEM_write_X509(out, certificate.get()); });
  write_pem(folder / "key.pem", [&](std::FILE* out) {
    return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace assay::test
