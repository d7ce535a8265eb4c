using Rekey.Pki.Certificates;

namespace Rekey.Kmc.Recovery;

/// <summary>A custodian, with the certificates of the custodian's token.</summary>
/// <param name="Signing">Signs orders of judicial recovery.</param>
/// <param name="Encryption">Gets the shares of the master: RSA or SM2; the same where the token has one pair for both.</param>
public sealed record Custodian(Certificate Signing, Certificate Encryption);

/// <summary>Who may recover keys.</summary>
public sealed record RecoveryOptions
{
    /// <summary>Officers, of whom two different persons order the recovery of a holder's own former key.</summary>
    public IReadOnlyList<Certificate> Officers { get; init; } = [];

    /// <summary>Custodians, of whom <see cref="Threshold"/> different persons order a judicial recovery, and who hold the shares of the master.</summary>
    public IReadOnlyList<Custodian> Custodians { get; init; } = [];

    /// <summary>M of the custodians.</summary>
    public int Threshold { get; init; } = 3;
}
