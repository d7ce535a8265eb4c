using System.Security.Cryptography;
using System.Text;
using Rekey.Kmc.Custody;
using Rekey.Kmc.Recovery;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Fuzz;

/// <summary>Readers of what goes between CA and key-management centre, to tokens, and from hand to hand among custodians.</summary>
internal static class KmcFuzzTargets
{
    public static IEnumerable<FuzzTarget> All(TestPki pki)
    {
        using var transport = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        var holder = new TestHolder(pki);
        var name = Certificate.FromDer(pki.Issuing.Der).Subject.Encoded.ToArray();
        var order = holder.Order(AlgorithmSuite.P256).Wrap(holder.Request(transport.PublicKey), name, pki.Cmp, pki.Now);
        var question = CmpMessage.Parse(order);
        var notice = new KeyNotice(holder.OrderId, 1, KeyOrderEnd.Confirmed).ToMessage(new(3, name, holder.OrderId, null, pki.Now), pki.Cmp);
        var wrapped = WrappedKey.Create(transport.PublicKey.Spki, holder.NewKey.ExportPkcs8(), HashAlgorithmName.SHA256).ToDer();
        var answer = new HandedOutKey(holder.OrderId, 1, holder.NewKey.PublicKey.Spki.ToArray(), new(KeyEnvelopeForm.EnvelopedData, wrapped), 1)
            .ToMessage(CmpHeader.Answering(question, pki.Now), pki.Cmp);
        var centre = new PinnedSigner(
            Certificate.FromDer(pki.CmpSigner.Der), Oids.CmcCa, new([Certificate.FromDer(pki.Root.Der)], [Certificate.FromDer(pki.Issuing.Der)]));
        var recovery = new RecoveryOrder(new byte[16], RecoveryKind.Holder, "YZ-000123", Guid.NewGuid(), new byte[32], "lost", pki.Now, pki.Now.AddHours(1));
        var signature = RecoverySignature.Sign(recovery, Certificate.FromDer(holder.Old.Der), holder.OldKey).ToPem();
        var share = MasterShare.For(1, new byte[32], 3, 1, new byte[32], transport.PublicKey).ToPem();

        yield return new("key orders", [order, notice], octets =>
        {
            var message = CmpMessage.Parse(octets);
            _ = message.Type == CmpBodyType.Nested ? KeyOrder.Read(message).Kind : KeyNotice.Read(message).End.ToString();
        }, typeof(CmpInvalidException));
        yield return new(
            "handed-out keys", [answer], octets => HandedOutKey.Read(CmpMessage.Parse(octets), centre, question, pki.Now),
            typeof(CmpInvalidException), typeof(CmpRefusedException));
        yield return new("wrapped keys", [wrapped], octets => WrappedKey.FromDer(octets), typeof(EnvelopedKeyException));
        yield return new("recovery orders", [recovery.ToOctets()], octets => RecoveryOrder.Parse(octets), typeof(FormatException));
        yield return new(
            "recovery signatures", [Encoding.UTF8.GetBytes(signature)], octets => RecoverySignature.FromPem(Encoding.UTF8.GetString(octets)).Verifies(recovery),
            typeof(FormatException), typeof(MalformedException), typeof(UnsupportedKeyException));
        yield return new("master shares", [Encoding.UTF8.GetBytes(share)], octets => MasterShare.FromPem(Encoding.UTF8.GetString(octets)), typeof(FormatException));
    }
}
