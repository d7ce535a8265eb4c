using Rekey.Kmc.Inner;
using Rekey.Kmc.Master;
using Rekey.Kmc.Pool;
using Rekey.Kmc.Recovery;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Kmc;

/// <summary>The key-management centre with its keys open. One per process.</summary>
/// <param name="store">Its store.</param>
/// <param name="audit">Name and key of its audit log.</param>
/// <param name="master">The master.</param>
/// <param name="signer">Key and chain that protect its answers (EKU id-kp-cmKGA).</param>
/// <param name="ca">The CA that it serves.</param>
/// <param name="chains">Leads to the institution's roots.</param>
public sealed class KeyCentre(StoreOptions store, AuditOptions audit, MasterKeys master, CmpSigner signer, CaTrust ca, ChainValidator chains) : IDisposable
{
    /// <summary>Its store.</summary>
    public StoreOptions Store => store;

    /// <summary>Name and key of its audit log.</summary>
    public AuditOptions Audit => audit;

    /// <summary>The master.</summary>
    public MasterKeys Master => master;

    /// <summary>Key and chain that protect its answers; another one after a renewal.</summary>
    public CmpSigner Signer { get; set; } = signer;

    /// <summary>The CA that it serves.</summary>
    public CaTrust Ca => ca;

    /// <summary>Leads to the institution's roots.</summary>
    public ChainValidator Chains => chains;

    /// <summary>The pool.</summary>
    public PoolOptions Pool { get; init; } = new();

    /// <summary>Who may recover.</summary>
    public RecoveryOptions Recovery { get; init; } = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        master.Dispose();
        (Signer.Key as IDisposable)?.Dispose();
    }
}
