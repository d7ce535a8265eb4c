using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Tokens.Hsm;

namespace Rekey.Ca.Ceremony;

/// <summary>What a new CA shall be.</summary>
public sealed record CeremonyOptions
{
    /// <summary>Directory to make; must not exist, or be empty.</summary>
    public required string Directory { get; init; }

    /// <summary>Subject of the root.</summary>
    public required DistinguishedName RootSubject { get; init; }

    /// <summary>Subject of the issuing CA.</summary>
    public required DistinguishedName IssuingSubject { get; init; }

    /// <summary>Address of the publisher without a slash at its end; it stands in every certificate.</summary>
    public required string Publisher { get; init; }

    /// <summary>Passphrase of the key files that the service needs.</summary>
    public required string Passphrase { get; init; }

    /// <summary>Passphrase of the root's key file, which the service never needs.</summary>
    public required string RootPassphrase { get; init; }

    /// <summary>The root's key: RSA-3072, RSA-4096, P-256, P-384 or SM2.</summary>
    public AlgorithmSuite RootSuite { get; init; } = AlgorithmSuite.Rsa4096;

    /// <summary>The issuing CA's key: RSA-3072, RSA-4096, P-256, P-384 or SM2.</summary>
    public AlgorithmSuite IssuingSuite { get; init; } = AlgorithmSuite.Rsa3072;

    /// <summary>HSM in which the issuing CA's key is made; null: in an encrypted file.</summary>
    public HsmSettings? IssuingHsm { get; init; }

    /// <summary>
    /// Keys of the OCSP responder, the CMP signer and the RA. Below an SM2 CA the first two have SM2 keys whatever this says: who verifies
    /// their answers has to know SM2 for the certificates anyway, and may know nothing else.
    /// </summary>
    public AlgorithmSuite ServiceSuite { get; init; } = AlgorithmSuite.P256;

    /// <summary>Name of the root in files and addresses.</summary>
    public string RootName { get; init; } = "root";

    /// <summary>Name of the issuing CA in configuration and addresses.</summary>
    public string IssuerName { get; init; } = "issuing";

    /// <summary>The institution's zone, IANA name.</summary>
    public string Zone { get; init; } = "Asia/Shanghai";

    /// <summary>Validity of the root, calendar years.</summary>
    public int RootYears { get; init; } = 30;

    /// <summary>Validity of the issuing CA, calendar years.</summary>
    public int IssuingYears { get; init; } = 20;

    /// <summary>Validity of the service certificates, calendar years.</summary>
    public int ServiceYears { get; init; } = 2;

    /// <summary>When root and issuing CA begin; null: now. A demonstration uses a date in the past, so that its old certificates fit.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The store: an SQLite file in the directory, or a PostgreSQL connection string.</summary>
    public string? PostgresConnection { get; init; }

    /// <summary>Whether the passphrase is written beside the keys (mode 0600): for embedded use, where nobody is there to type it.</summary>
    public bool KeepPassphrase { get; init; }
}
