using Rekey.Pki.Certificates;

namespace Rekey.Ca.Publish;

/// <summary>A CA whose certificate, CRL and statuses are published.</summary>
/// <param name="Name">In addresses.</param>
/// <param name="Certificate">Its certificate.</param>
/// <param name="HasStatus">Whether OCSP answers for its certificates; a root has only a CRL.</param>
internal sealed record PublishedIssuer(string Name, Certificate Certificate, bool HasStatus);

/// <summary>A certificate whose status changed.</summary>
/// <param name="Issuer">Name of its issuer.</param>
/// <param name="SerialHex">Its serial number.</param>
internal sealed record StatusChanged(string Issuer, string SerialHex);

/// <summary>A signed OCSP answer about one certificate.</summary>
/// <param name="Der">OCSPResponse.</param>
/// <param name="Status">What it says.</param>
/// <param name="ProducedAt">When it was signed.</param>
/// <param name="NextUpdate">Until when it can be used.</param>
internal sealed record SignedStatus(byte[] Der, OcspCertStatus Status, DateTimeOffset ProducedAt, DateTimeOffset NextUpdate);

/// <summary>A CRL.</summary>
/// <param name="Stamp">Tells it from others of the same issuer, so that a large CRL is read only when it is new.</param>
/// <param name="Der">DER CertificateList.</param>
internal sealed record NewestCrl(long Stamp, byte[] Der)
{
    /// <summary>A CRL in a file, unless it is the one that is known.</summary>
    public static async Task<NewestCrl?> OfFileAsync(string file, long? known, CancellationToken ct) =>
        File.Exists(file) && File.GetLastWriteTimeUtc(file).Ticks is var stamp && stamp != known
            ? new(stamp, await File.ReadAllBytesAsync(file, ct))
            : null;
}

/// <summary>Where a publisher gets from what it publishes: from the CA in the same process, or from what a CA pushed to it.</summary>
internal interface IPublicationSource
{
    /// <summary>What is published.</summary>
    IReadOnlyList<PublishedIssuer> Issuers { get; }

    /// <summary>The newest CRL of an issuer; null while there is none, or when it is the one that the caller knows.</summary>
    /// <param name="issuer">Whose.</param>
    /// <param name="known"><see cref="NewestCrl.Stamp"/> of the one that the caller has, or null.</param>
    /// <param name="ct">Ends the wait.</param>
    Task<NewestCrl?> NewerCrlAsync(PublishedIssuer issuer, long? known, CancellationToken ct);

    /// <summary>A signed answer about one certificate; null when it cannot be had now.</summary>
    Task<SignedStatus?> StatusAsync(PublishedIssuer issuer, OcspCertId id, CancellationToken ct);

    /// <summary>Signs an answer for this request alone; null when there is no key here for that.</summary>
    Task<byte[]?> SignLiveAsync(IReadOnlyList<(PublishedIssuer Issuer, OcspCertId Id)> about, byte[]? nonce, CancellationToken ct);

    /// <summary>Waits a moment for changes of status and returns them; empty when there was none.</summary>
    Task<IReadOnlyList<StatusChanged>> ChangesAsync(CancellationToken ct);
}
