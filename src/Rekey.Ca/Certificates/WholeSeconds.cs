namespace Rekey.Ca.Certificates;

/// <summary>Instants as certificates, CRLs and OCSP answers can carry them.</summary>
internal static class WholeSeconds
{
    /// <summary>The instant in UTC without its fraction of a second (RFC 5280 section 4.1.2.5).</summary>
    public static DateTimeOffset ToWholeSecond(this DateTimeOffset instant) => instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerSecond)).ToUniversalTime();
}
