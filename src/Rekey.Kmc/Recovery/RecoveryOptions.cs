using Rekey.Pki.Certificates;

namespace Rekey.Kmc.Recovery;

/// <summary>Who may recover keys.</summary>
public sealed record RecoveryOptions
{
    /// <summary>Officers, of whom two different persons order the recovery of a holder's own former key.</summary>
    public IReadOnlyList<Certificate> Officers { get; init; } = [];

    /// <summary>Custodians, of whom <see cref="Threshold"/> different persons order a judicial recovery, and who hold the shares of the master.</summary>
    public IReadOnlyList<Certificate> Custodians { get; init; } = [];

    /// <summary>M of the custodians.</summary>
    public int Threshold { get; init; } = 3;
}
