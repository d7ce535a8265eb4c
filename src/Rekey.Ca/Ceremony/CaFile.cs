namespace Rekey.Ca.Ceremony;

/// <summary>The <c>ca.yaml</c> of a new CA.</summary>
internal static class CaFile
{
    public static string AuditOrigin(CeremonyOptions options) => $"{new Uri(options.Publisher).Host}/audit/ca";

    public static string Text(CeremonyOptions options)
    {
        var store = options.PostgresConnection is { } connection
            ? $"postgres: {Quote(connection)}"
            : "sqlite: ca.db";
        var passphrase = options.KeepPassphrase
            ? "passphraseFile: passphrase   # mode 0600; take it off the machine where somebody can type it at start"
            : "# passphraseFile: passphrase # without it the passphrase is asked for at start";
        return $$"""
            # Certification authority. Paths are relative to this file's directory. Unknown keys are errors.
            profiles: profiles.yaml
            store: { {{store}} }
            {{passphrase}}
            anchors: [certificates/{{options.RootName}}.pem]

            issuers:
            {{Issuer(options, "ocsp")}}
            # Signs the answers to holders (RFC 9810).
            cmp: { certificate: certificates/cmp.pem, key: { file: keys/cmp.key } }

            # The audit log; its public key is in audit.pub: give it to whoever shall verify the log.
            audit: { key: keys/audit.key, origin: {{AuditOrigin(options)}} }

            # RAs that may send nested requests. The key of this one is in ra/: move it to the RA's host.
            registrationAuthorities: [certificates/ra.pem]

            """;
    }

    /// <summary>An issuer's entry under <c>issuers:</c>.</summary>
    /// <param name="options">What it is.</param>
    /// <param name="ocsp">Name of its OCSP signer's files.</param>
    public static string Issuer(CeremonyOptions options, string ocsp) => $$"""
          {{options.IssuerName}}:
            certificate: certificates/{{options.IssuerName}}.pem
            key: { {{Key(options)}} }
            ocsp: { certificate: certificates/{{ocsp}}.pem, key: { file: keys/{{ocsp}}.key } }
            crlEveryHours: 12         # when nothing is revoked; a revocation makes one at once
            crlValidHours: 48         # so that one missed run harms nobody

        """;

    private static string Key(CeremonyOptions options) => options.IssuingHsm is not { } hsm
        ? $"file: keys/{options.IssuerName}.key"
        : $"pkcs11: {{ module: {Quote(hsm.Module)}, token: {Quote(hsm.Token)}, pinFile: {Quote(hsm.PinFile)}, sessions: {hsm.Sessions}, "
            + $"environment: {{ {string.Join(", ", hsm.Environment.Select(e => $"{e.Key}: {Quote(e.Value)}"))} }} }}";

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
