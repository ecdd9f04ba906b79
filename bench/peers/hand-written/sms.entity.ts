import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** One SMS to one phone. */
@Entity('sms')
export class Sms {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** Its id at the gateway. */
  @Index({ unique: true })
  @Column({ type: 'varchar', length: 12 })
  gatewayId!: string;

  @Column({ type: 'varchar', length: 20 })
  phone!: string;

  @Column({ type: 'varchar', length: 800 })
  text!: string;

  @Column({ type: 'varchar', length: 16, default: 'new' })
  status!: string;

  @Column({ type: 'int', nullable: true })
  segments!: number | null;

  @CreateDateColumn()
  createdAt!: Date;

  @UpdateDateColumn()
  updatedAt!: Date;
}
